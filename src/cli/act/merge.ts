import * as Args from "@effect/cli/Args"
import * as Effect from "effect/Effect"
import { notAllowed } from "../../domain/Fence.ts"
import { MergeStep } from "../../domain/Requests.ts"
import { Steps } from "../../services/Steps.ts"
import { actor } from "../base/actor.ts"
import { entry } from "../base/Command.ts"
import { checked } from "../base/checked.ts"
import { dryRun } from "../base/confirm.ts"
import { findStep } from "../base/references.ts"
import { Acted, oneStep, refusal, told } from "./stepActs.ts"

const checkCommit = checked("commit", MergeStep.fields.merge_commit)

export const merge = entry({
  path: "merge",
  summary: "Record that a completed step's branch is merged",
  examples: [["merge myapp#7 $(git rev-parse HEAD)", "what waits for the merge can begin"]],
  takes: {
    step: oneStep,
    commit: Args.text({ name: "commit" }).pipe(Args.withDescription("The commit that brought its branch in")),
    dryRun
  },
  answer: Acted,
  run: ({ commit, dryRun, step: name }) =>
    Effect.gen(function* () {
      const merge_commit = yield* checkCommit(commit)
      const step = yield* findStep(name)
      const { merge } = yield* Steps
      if (!dryRun) yield* merge({ step_id: step.id, merge_commit, agent_id: actor() })
      else if (step.status !== "completed") return yield* notAllowed("merge", step)
      return {
        step: name,
        step_id: step.id,
        did: "merged" as const,
        from: step.status,
        to: "merged" as const,
        dry_run: dryRun
      }
    }).pipe(Effect.catchTag("Conflict", (error) => refusal("merge", name)(error))),
  show: (acted, style) => [told(style, acted)]
})
