import { readFile } from "node:fs/promises"
import { text } from "node:stream/consumers"
import * as Args from "@effect/cli/Args"
import * as Effect from "effect/Effect"
import { Projects, type WholePlan } from "../../services/Projects.ts"
import { CommandFailure, UsageError } from "../base/failures.ts"
import { type Calls, callsOf } from "./calls.ts"
import { type Comparison, compare } from "./changes.ts"
import type { PlanFile } from "./PlanFile.ts"
import { type Parsed, parse } from "./parse.ts"

export const fileArgument = Args.text({ name: "file" }).pipe(
  Args.withDescription("A plan as YAML or JSON; - reads standard input")
)

/** Reads a file, or standard input where it is called "-". */
export const readText = (file: string): Effect.Effect<string, CommandFailure> =>
  Effect.tryPromise({
    try: () => (file === "-" ? text(process.stdin) : readFile(file, "utf8")),
    catch: (error) =>
      new CommandFailure({
        reason: `${(error as Error).message}.`,
        advice: "Give the path of a plan file, or - to read standard input."
      })
  })

/** A plan file beside what is stored. */
export interface ReadPlan extends Comparison {
  readonly plan: PlanFile
  readonly before: WholePlan | undefined
  readonly calls: Calls
}

/** Reads a plan's text and compares it with what is stored. Fails with InvalidPlan that lists every fault. */
export const readPlan = (file: string, content: string) =>
  Effect.gen(function* () {
    const { invalid, plan }: Parsed = yield* parse(file, content)
    const projects = yield* Projects
    const before = yield* Effect.catchTag(projects.plan({ project: plan.name }), "NotFound", () =>
      Effect.succeed(undefined)
    )
    const comparison = compare(plan, before)
    if (comparison.faults.length > 0) return yield* invalid(comparison.faults)
    const calls = callsOf(plan, before, comparison)
    if (calls === undefined) {
      return yield* new UsageError({
        reason: "This change turns dependencies around, and is too large to be made at once.",
        advice: "Import it in two parts: first without the dependencies that are turned around."
      })
    }
    return { ...comparison, plan, before, calls } satisfies ReadPlan
  })
