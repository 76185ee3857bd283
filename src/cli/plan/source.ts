import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import type { Event } from "js-yaml"

export type Path = ReadonlyArray<PropertyKey>

/** A plan file's text, read. */
export interface Source {
  readonly value: unknown
  /** Line, from 1, of the value at a path; that of what is around it if there is none. */
  readonly lineOf: (path: Path) => number | undefined
}

/** Why a text is no YAML. */
export interface SyntaxFault {
  readonly message: string
  /** From 1. */
  readonly line?: number
}

/** Loaded when it is needed: most commands read no plan. */
type Yaml = typeof import("js-yaml")
const yaml: Effect.Effect<Yaml> = Effect.promise(() => import("js-yaml"))

const keyOf = (path: Path): string => JSON.stringify(path.map(String))

/** Where in the text each value stands: its key, or the item itself. */
const offsetsOf = ({ EVENT_ID, getScalarValue }: Yaml, text: string, events: ReadonlyArray<Event>) => {
  const offsets = new Map<string, number>()
  // After the event of the document.
  let at = 1
  const start = (event: Event): number => {
    if (event.type === EVENT_ID.SCALAR) return event.valueStart
    return event.type === EVENT_ID.ALIAS ? event.anchorStart : "start" in event ? event.start : 0
  }
  const node = (path: Path): void => {
    const event = events[at++] as Event
    if (event.type === EVENT_ID.SEQUENCE) {
      for (let item = 0; (events[at] as Event).type !== EVENT_ID.POP; item++) {
        offsets.set(keyOf([...path, item]), start(events[at] as Event))
        node([...path, item])
      }
      at++
    } else if (event.type === EVENT_ID.MAPPING) {
      while ((events[at] as Event).type !== EVENT_ID.POP) {
        // What is a key in an object is one event: a text or an alias.
        const key = events[at++] as Event
        const name = key.type === EVENT_ID.SCALAR ? getScalarValue(text, key) : ""
        offsets.set(keyOf([...path, name]), start(key))
        node([...path, name])
      }
      at++
    }
  }
  offsets.set(keyOf([]), start(events[at] as Event))
  node([])
  return offsets
}

const lineAt = (text: string, offset: number): number => text.slice(0, offset).split("\n").length

/** Reads YAML, and JSON, which is a part of it. */
export const readSource = (text: string): Effect.Effect<Either.Either<Source, SyntaxFault>> =>
  Effect.map(yaml, (yaml) => {
    let events: Array<Event>
    let documents: ReadonlyArray<unknown>
    try {
      events = yaml.parseEvents(text, {})
      documents = yaml.constructFromEvents(events, { source: text, schema: yaml.CORE_SCHEMA })
    } catch (error) {
      if (!(error instanceof yaml.YAMLException)) throw error
      const { mark, reason } = error
      return Either.left({ message: reason, ...(mark === undefined ? {} : { line: mark.line + 1 }) })
    }
    if (documents.length > 1) return Either.left({ message: "must be one document: a plan, and no ---" })
    let offsets: ReadonlyMap<string, number> | undefined
    const lineOf = (path: Path): number | undefined => {
      offsets ??= offsetsOf(yaml, text, events)
      for (let length = path.length; length >= 0; length--) {
        const offset = offsets.get(keyOf(path.slice(0, length)))
        if (offset !== undefined) return lineAt(text, offset)
      }
      return undefined
    }
    return Either.right({ value: documents[0] ?? null, lineOf: documents.length === 0 ? () => undefined : lineOf })
  })
