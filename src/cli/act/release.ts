import * as Options from "@effect/cli/Options"
import * as Effect from "effect/Effect"
import { alive, isAlive, notAllowed } from "../../domain/Fence.ts"
import { allows } from "../../domain/Lifecycle.ts"
import { Recovery } from "../../services/Recovery.ts"
import { actor } from "../base/actor.ts"
import { entry } from "../base/Command.ts"
import { dryRun } from "../base/confirm.ts"
import { findStep } from "../base/references.ts"
import { Acted, oneStep, refusal, told } from "./stepActs.ts"

export const release = entry({
  path: "release",
  summary: "Take a step from its agent, without counting the attempt as lost",
  examples: [["release myapp#7 --reason 'wrong branch'", "the next attempt reads why"]],
  takes: {
    step: oneStep,
    reason: Options.text("reason").pipe(Options.withDescription("Why; the next attempt reads it"), Options.optional),
    force: Options.boolean("force").pipe(Options.withDescription("Even from an agent that is alive")),
    dryRun
  },
  answer: Acted,
  run: ({ dryRun, force, reason, step: name }) =>
    Effect.gen(function* () {
      const step = yield* findStep(name)
      const recovery = yield* Recovery
      const why = reason._tag === "Some" ? { reason: reason.value } : {}
      if (!dryRun) yield* recovery.release({ step_id: step.id, force, agent_id: actor(), ...why })
      else if (!allows("release", step.status)) return yield* notAllowed("release", step)
      else if (!force && isAlive(step, yield* Effect.clockWith((_) => _.currentTimeMillis))) return yield* alive(step)
      return {
        step: name,
        step_id: step.id,
        did: "released" as const,
        from: step.status,
        to: "not_started" as const,
        ...(step.agent_id === undefined ? {} : { from_agent: step.agent_id }),
        dry_run: dryRun
      }
    }).pipe(Effect.catchTag("Conflict", (error) => refusal("release", name)(error))),
  show: (acted, style) => [told(style, acted)]
})
