import * as Options from "@effect/cli/Options"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { NamedEvent } from "../../domain/answers/Overviews.ts"
import type { AgentId, EventId, ProjectName } from "../../domain/Ids.ts"
import { Changes } from "../../services/Changes.ts"
import { Overview } from "../../services/Overview.ts"
import { optionalProject } from "../base/arguments.ts"
import { entry, jsonLine } from "../base/Command.ts"
import { Output } from "../base/Output.ts"
import { clock } from "../text/ages.ts"
import { stepName } from "../text/references.ts"
import { type Style, theirs } from "../text/Style.ts"
import { cut } from "../text/table.ts"

const Answer = Schema.Struct({ events: Schema.Array(NamedEvent) })

/** Events that are read at once while they are followed. */
const batch = 1000

/** Fields that say nothing to a person. */
const hidden: ReadonlyArray<string> = ["from_session", "from_status"]

/** Fields of an event in words, its reason first. */
const details = ({ reason, ...fields }: NonNullable<NamedEvent["metadata"]>): string => {
  const value = (given: unknown) => theirs(typeof given === "string" ? given : JSON.stringify(given))
  const others = Object.entries(fields).filter(
    ([key, given]) => !hidden.includes(key) && !(key === "attempt" && given === 1)
  )
  return [
    ...(reason === undefined ? [] : [value(reason)]),
    ...others.map(([key, given]) => `${theirs(key)} ${value(given)}`)
  ].join(", ")
}

/** A line of the audit trail. Its columns have a fixed place, because nobody knows what comes. */
const line = (event: NamedEvent, style: Style, now: number): string => {
  const { agent_id, event_type, metadata = {}, project, step_id, step_num, timestamp } = event
  const subject =
    project === undefined
      ? step_id === undefined
        ? "-"
        : String(step_id)
      : step_num === undefined
        ? theirs(project)
        : stepName(project, step_num)
  const colour = event_type === "failed" ? style.red : event_type === "completed" ? style.green : style.bold
  const text = [
    style.dim(clock(timestamp, now)),
    subject.padEnd(12),
    theirs(agent_id).padEnd(12),
    colour(theirs(event_type).padEnd(9)),
    style.dim(details(metadata))
  ].join("  ")
  return style.width === 0 ? text.trimEnd() : cut(text, style.width).trimEnd()
}

const show = (events: ReadonlyArray<NamedEvent>, style: Style, now: number) =>
  events.map((event) => line(event, style, now))

const toLine = jsonLine(Answer)

/** Prints events as they come, of every process. Ends when it is interrupted. */
const follow = (request: {
  readonly project?: ProjectName | undefined
  readonly agent_id?: AgentId | undefined
  readonly limit: number
}) =>
  Effect.gen(function* () {
    const { isJson, out, style } = yield* Output
    const overview = yield* Overview
    const changed = yield* Effect.flatMap(Changes, (_) => _.watch)
    const print = (events: ReadonlyArray<NamedEvent>) =>
      Effect.gen(function* () {
        if (events.length === 0) return
        const now = yield* Effect.clockWith((clock) => clock.currentTimeMillis)
        yield* out(isJson ? toLine({ events }) : show(events, style, now).join("\n"))
      })
    let events = yield* overview.events(request)
    let last = 0
    while (true) {
      yield* print(events)
      last = events.at(-1)?.id ?? last
      if (events.length < batch) yield* changed
      events = yield* overview.events({ ...request, after: last as EventId, limit: batch })
    }
  }).pipe(Effect.scoped)

export const events = entry({
  path: "events",
  summary: "Show the audit trail, the latest last",
  examples: [
    ["events myapp --limit 100", "the latest 100 of a project"],
    ["events -f", "as they come, until Ctrl-C"],
    ["events -f --json", "the same, one JSON object a line"]
  ],
  takes: {
    project: optionalProject("all"),
    follow: Options.boolean("follow").pipe(Options.withAlias("f"), Options.withDescription("Go on with what comes")),
    agent: Options.text("agent").pipe(Options.withDescription("Only what this agent did"), Options.optional),
    limit: Options.integer("limit").pipe(
      Options.withSchema(Schema.Int.pipe(Schema.between(1, 1000, { message: () => "--limit must be from 1 to 1000" }))),
      Options.withDescription("So many, 1 to 1000; default: 30"),
      Options.withDefault(30)
    )
  },
  answer: Answer,
  run: ({ agent, follow: isFollowing, limit, project }) => {
    const request = {
      project: Option.getOrUndefined(project) as ProjectName | undefined,
      agent_id: Option.getOrUndefined(agent) as AgentId | undefined,
      limit
    }
    return isFollowing
      ? follow(request)
      : Effect.map(
          Effect.flatMap(Overview, (_) => _.events(request)),
          (events) => ({ events })
        )
  },
  show: ({ events }, style, now) => (events.length === 0 ? ["No events."] : show(events, style, now))
})
