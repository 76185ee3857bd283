import * as Args from "@effect/cli/Args"
import * as Options from "@effect/cli/Options"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type { Step } from "../../domain/Entities.ts"
import { alive, isAlive, notAllowed } from "../../domain/Fence.ts"
import type { AgentId } from "../../domain/Ids.ts"
import { allows } from "../../domain/Lifecycle.ts"
import { isLive } from "../../domain/Status.ts"
import { Projects } from "../../services/Projects.ts"
import { everyPage, everyProject } from "../../services/pages.ts"
import { Recovery } from "../../services/Recovery.ts"
import type { Steps } from "../../services/Steps.ts"
import { actor } from "../base/actor.ts"
import { entry } from "../base/Command.ts"
import { dryRun } from "../base/confirm.ts"
import { type ExitCode, exitCode } from "../base/exitCode.ts"
import { type CommandError, failure, UsageError } from "../base/failures.ts"
import { Output } from "../base/Output.ts"
import { findStep } from "../base/references.ts"
import { errorLines } from "../text/errorLines.ts"
import { theirs } from "../text/Style.ts"
import { Acted, refusal, told } from "./stepActs.ts"

/** A step that was refused. */
const Refused = Schema.Struct({
  step: Schema.String,
  error: Schema.Struct({ _tag: Schema.String, message: Schema.String, exit_code: Schema.Int })
})

type Outcome = Acted | typeof Refused.Type

interface Named {
  readonly name: string
  readonly step: Step
}

const every = Effect.flatMap(Projects, everyProject)

const stale = Effect.gen(function* () {
  const names = new Map((yield* every).map(({ id, name }) => [id, name]))
  const steps = yield* everyPage((page) =>
    Effect.map(
      Effect.flatMap(Recovery, (_) => _.detectStale(page)),
      ({ next_cursor, steps }) => [steps, next_cursor] as const
    )
  )
  return steps.map((step): Named => ({ name: `${names.get(step.project_id)}#${step.step_num}`, step }))
})

const failed = Effect.gen(function* () {
  const some = (yield* every).filter(({ step_counts }) => (step_counts.failed ?? 0) > 0)
  const found = yield* Effect.forEach(some, ({ name }) =>
    Effect.map(
      Effect.flatMap(Recovery, (_) => _.failed({ project: name })),
      (steps) => steps.map((step): Named => ({ name: `${name}#${step.step_num}`, step }))
    )
  )
  return found.flat()
})

const recoverOne = (
  { name, step }: Named,
  by: { readonly agent_id: AgentId; readonly force: boolean },
  isDry: boolean
) =>
  Effect.gen(function* () {
    const recovery = yield* Recovery
    const action = step.status === "failed" ? "recover_failed" : "recover"
    const request = { step_id: step.id, ...by }
    if (!isDry) yield* action === "recover" ? recovery.recover(request) : recovery.recoverFailed(request)
    else if (!allows(action, step.status)) return yield* notAllowed(action, step)
    else if (isLive(step.status) && !by.force && isAlive(step, yield* Effect.clockWith((_) => _.currentTimeMillis))) {
      return yield* alive(step)
    }
    return {
      step: name,
      step_id: step.id,
      did: "recovered",
      from: step.status,
      to: "not_started",
      ...(isLive(step.status) && step.agent_id !== undefined ? { from_agent: step.agent_id } : {}),
      dry_run: isDry
    } satisfies Acted
  }).pipe(
    Effect.mapError((error): CommandError => (error._tag === "Conflict" ? refusal("recover", name)(error) : error))
  )

/** Steps that are named one by one: one that does not exist does not keep the others from being recovered. */
const named = (name: string): Effect.Effect<Named, CommandError, Steps> =>
  Effect.map(findStep(name), (step) => ({ name, step }))

export const recover = entry({
  path: "recover",
  summary: "Open steps again: failed ones, and those of agents that are gone",
  examples: [
    ["recover myapp#7 myapp#9", "steps 7 and 9 of myapp"],
    ["recover --stale --dry-run", "what would be taken from agents that are silent for 15 minutes"],
    ["recover --failed", "every step that has failed"]
  ],
  takes: {
    steps: Args.text({ name: "step" }).pipe(Args.withDescription("Such as myapp#7, or an id"), Args.repeated),
    stale: Options.boolean("stale").pipe(Options.withDescription("Those held without a sign of life for 15 minutes")),
    failed: Options.boolean("failed").pipe(Options.withDescription("Those that have failed")),
    force: Options.boolean("force").pipe(Options.withDescription("Even from an agent that is alive")),
    dryRun
  },
  answer: Schema.Struct({ steps: Schema.Array(Schema.Union(Acted, Refused)) }),
  run: (given) =>
    Effect.gen(function* () {
      const by = { agent_id: actor(), force: given.force }
      const ways = [given.steps.length > 0, given.stale, given.failed].filter(Boolean).length
      if (ways !== 1) {
        const advice = "Name steps, such as myapp#7, or give one of --stale and --failed."
        return yield* new UsageError({ reason: "Which steps?", advice })
      }
      const recoverIt = (one: Named) => recoverOne(one, by, given.dryRun)
      const [only, ...others] = given.steps
      if (only !== undefined && others.length === 0) {
        return { steps: [yield* Effect.flatMap(named(only), recoverIt)] }
      }
      const all = given.stale ? yield* stale : given.failed ? yield* failed : []
      const tried = [
        ...given.steps.map((step) => ({ step, tried: Effect.flatMap(named(step), recoverIt) })),
        ...all.map((one) => ({ step: one.name, tried: recoverIt(one) }))
      ]
      const { isJson, say, sayStyle } = yield* Output
      const steps = yield* Effect.forEach(tried, ({ step, tried }) =>
        Effect.catchAll(tried as Effect.Effect<Outcome, CommandError, Recovery | Steps>, (error) => {
          const { code, error: fields, text } = failure(error)
          const refused: Outcome = { step, error: { _tag: fields._tag, message: text, exit_code: code } }
          return Effect.as(
            isJson
              ? Effect.void
              : say(
                  errorLines(
                    sayStyle,
                    text.startsWith(`Step ${theirs(step)} `) ? text : `${theirs(step)}: ${text}`
                  ).join("\n")
                ),
            refused
          )
        })
      )
      return { steps }
    }),
  code: ({ steps }) => {
    const refused = steps.find((step) => "error" in step)
    return refused === undefined || !("error" in refused) ? exitCode.ok : (refused.error.exit_code as ExitCode)
  },
  show: ({ steps }, style) =>
    steps.length === 0
      ? ["There are no such steps."]
      : steps.flatMap((step) => ("error" in step ? [] : [told(style, step)]))
})
