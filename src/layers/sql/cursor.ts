import * as Effect from "effect/Effect"
import { InvalidInput } from "../../domain/Errors.ts"

/** Where a page of a list ends: the sort key of its last row. Callers see opaque text. */
export type Key = ReadonlyArray<number | string>

/** The lists that have cursors: one's cursor says nothing to another. */
export type List = "steps" | "projects" | "available" | "held" | "stale" | "events"

const encode = (list: List, key: Key): string => Buffer.from(JSON.stringify([list, ...key])).toString("base64url")

/** Numbers in a key are priorities, ids and step numbers. */
const fits = (part: unknown, like: number | string | undefined): boolean =>
  typeof like === "number" ? Number.isSafeInteger(part) : typeof part === typeof like

/**
 * The sort key behind a cursor, or `first` where none is given: the key before every row.
 * InvalidInput for text that hq did not give for a list of this kind.
 */
export const decode = <K extends Key>(
  list: List,
  cursor: string | undefined,
  first: K
): Effect.Effect<K, InvalidInput> =>
  Effect.suspend(() => {
    if (cursor === undefined) return Effect.succeed(first)
    try {
      const [of, ...key]: ReadonlyArray<unknown> = JSON.parse(Buffer.from(cursor, "base64url").toString())
      if (of === list && key.length === first.length && key.every((part, index) => fits(part, first[index]))) {
        return Effect.succeed(key as unknown as K)
      }
    } catch {
      // Not ours: refused below.
    }
    return new InvalidInput({
      faults: [{ path: "cursor", message: "must be the next_cursor of the previous page of the same list" }]
    })
  })

/** Cuts rows, of which one more than the page holds was asked for, to the page; the cursor is absent on the last page. */
export const page = <Row>(
  list: List,
  rows: ReadonlyArray<Row>,
  limit: number,
  key: (row: Row) => Key
): { readonly rows: ReadonlyArray<Row>; readonly next: { readonly next_cursor?: string } } => {
  const kept = rows.slice(0, limit)
  const last = kept.at(-1)
  return { rows: kept, next: rows.length > limit && last !== undefined ? { next_cursor: encode(list, key(last)) } : {} }
}

/** Length of a page where the caller names none. */
export const defaultLimit = 100
