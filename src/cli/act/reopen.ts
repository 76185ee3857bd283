import * as Options from "@effect/cli/Options"
import * as Effect from "effect/Effect"
import type { Step } from "../../domain/Entities.ts"
import { builtOn, notCompleted } from "../../domain/Fence.ts"
import type { ProjectName } from "../../domain/Ids.ts"
import { isLive } from "../../domain/Status.ts"
import { Reason } from "../../domain/Text.ts"
import { Analytics } from "../../services/Analytics.ts"
import { Projects } from "../../services/Projects.ts"
import { actor } from "../base/actor.ts"
import { entry } from "../base/Command.ts"
import { checked } from "../base/checked.ts"
import { dryRun } from "../base/confirm.ts"
import { findStep } from "../base/references.ts"
import { Acted, oneStep, refusal, told } from "./stepActs.ts"

const checkReason = checked("reason", Reason)

/** Fails as the reopening would. */
const checkReopening = (step: Step, project: ProjectName) =>
  Effect.gen(function* () {
    if (step.status !== "completed") return yield* notCompleted(step)
    const { plan } = yield* Projects
    const { steps } = yield* plan({ project })
    const by = steps.find(
      ({ depends_on, status }) =>
        depends_on?.includes(step.step_num) && (isLive(status) || status === "completed" || status === "merged")
    )
    if (by !== undefined) return yield* builtOn(step, [{ ...by, step_id: by.id, project }])
  })

export const reopen = entry({
  path: "reopen",
  summary: "Take completed work back, because a review rejects it",
  examples: [["reopen myapp#7 --reason 'no test of the error path'", "the next attempt reads what was found"]],
  takes: {
    step: oneStep,
    reason: Options.text("reason").pipe(Options.withDescription("What the review found")),
    dryRun
  },
  answer: Acted,
  run: ({ dryRun, reason: given, step: name }) =>
    Effect.gen(function* () {
      const reason = yield* checkReason(given)
      const step = yield* findStep(name)
      const { id: step_id, status, step_num } = step
      const analytics = yield* Analytics
      const { project } = yield* analytics.explainStep({ step_id })
      const { updatePlan } = yield* Projects
      const operations = [{ op: "reopen" as const, step_num, reason }]
      if (dryRun) yield* checkReopening(step, project)
      else yield* updatePlan({ project, operations, agent_id: actor() })
      return {
        step: name,
        step_id,
        did: "reopened" as const,
        from: status,
        to: "not_started" as const,
        dry_run: dryRun
      }
    }).pipe(Effect.catchTag("Conflict", (error) => refusal("reopen", name)(error))),
  show: (acted, style) => [told(style, acted)]
})
