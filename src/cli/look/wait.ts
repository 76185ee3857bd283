import * as Args from "@effect/cli/Args"
import * as Options from "@effect/cli/Options"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { Changes } from "../../services/Changes.ts"
import { entry } from "../base/Command.ts"
import { CommandFailure, NotYet, UsageError } from "../base/failures.ts"
import { lengthOfTime } from "../base/lengthOfTime.ts"
import { theirs } from "../text/Style.ts"
import { standingOf, Target } from "./target.ts"

/** Milliseconds of the steady clock, because the wall clock may be set meanwhile. */
const steadyMillis = Effect.map(Clock.currentTimeNanos, (nanos) => Number(nanos) / 1e6)

export const wait = entry({
  path: "wait",
  summary: "Wait until projects or steps are completed, or merged",
  examples: [
    ["wait myapp --timeout 1h", "exit code 0 once all is completed, 8 after an hour, 1 if a step fails"],
    ["wait myapp#7 myapp#8 --until merged", "two steps"]
  ],
  takes: {
    subjects: Args.text({ name: "project|step" }).pipe(
      Args.withDescription("Projects, or steps such as myapp#7 or an id"),
      Args.atLeast(1)
    ),
    until: Options.choice("until", ["completed", "merged"] as const).pipe(
      Options.withDescription("completed by default"),
      Options.withDefault("completed")
    ),
    timeout: Options.text("timeout").pipe(
      Options.withDescription("How long at most, such as 90s or 1h; default: for ever"),
      Options.optional
    )
  },
  answer: Schema.Struct({ reached: Schema.Array(Target) }),
  run: ({ subjects, timeout, until }) =>
    Effect.gen(function* () {
      // The parser takes an option that it does not understand for one more subject.
      const option = subjects.find((name) => name.startsWith("-"))
      if (option !== undefined) {
        return yield* new UsageError({
          reason: `"${theirs(option)}" is neither a project nor a step.`,
          advice: "See: hq wait --help"
        })
      }
      const patience = Option.isNone(timeout)
        ? undefined
        : Duration.toMillis(yield* lengthOfTime("--timeout", timeout.value))
      // Before the first look, so that no write is missed.
      const changed = yield* Effect.flatMap(Changes, (_) => _.watch)
      const since = yield* steadyMillis
      while (true) {
        const standings = yield* Effect.forEach(subjects, (name) => standingOf(name, until))
        const lost = standings.find((one) => one._tag === "Lost")
        if (lost !== undefined) return yield* new CommandFailure({ reason: lost.reason, advice: lost.advice })
        const missing = standings.flatMap((one) => (one._tag === "Missing" ? [one.text] : []))
        if (missing.length === 0) {
          return { reached: standings.flatMap((one) => (one._tag === "Reached" ? [one.target] : [])) }
        }
        if (patience === undefined) yield* changed
        else {
          const left = patience - ((yield* steadyMillis) - since)
          if (left <= 0) {
            return yield* new NotYet({
              reason: `Not ${until} after ${Option.getOrElse(timeout, () => "")}: ${missing.join(", ")}.`,
              missing
            })
          }
          yield* Effect.timeoutOption(changed, left)
        }
      }
    }).pipe(Effect.scoped),
  show: ({ reached }) => reached.map(({ name, status }) => `${theirs(name)} is ${status}.`)
})
