import * as Effect from "effect/Effect"
import { claimRemark } from "../../domain/answers/Remarks.ts"
import { Claim } from "../../domain/Claim.ts"
import {
  AgentWork,
  AvailableSteps,
  ClaimStep,
  CompleteStep,
  FailStep,
  Heartbeat,
  MergeStep,
  OneStep,
  ReleaseStep,
  StartStep
} from "../../domain/Requests.ts"
import { Steps } from "../../services/Steps.ts"
import { shortClaim } from "../Result.ts"
import { tool } from "../Tool.ts"
import { claim } from "./claim.ts"
import { AnyResult, StepsPageResult, written } from "./outputs.ts"

export const steps = [
  tool({
    name: "claim_step",
    title: "Claim step",
    description:
      "Take the best ready step of a project, or of all, or the one you name; no other agent gets it. It comes with what its dependencies left. Null when there is none: the answer says why and when to ask again. Next: start_step.",
    kind: "create",
    input: ClaimStep,
    output: Claim,
    run: claim,
    text: ({ step }) => step,
    remark: claimRemark,
    truncate: shortClaim,
    by: () => undefined
  }),
  tool({
    name: "start_step",
    title: "Start step",
    description:
      "Mark your claimed step as in progress, once its worktree is ready. Next: work, then complete_step or fail_step.",
    kind: "update",
    input: StartStep,
    output: AnyResult,
    run: (input) => written(Effect.flatMap(Steps, (_) => _.start(input))),
    by: (input) => input
  }),
  tool({
    name: "heartbeat",
    title: "Heartbeat",
    description: "Sign of life: renews the lease of your step. Every other call on the step does so too.",
    kind: "update",
    input: Heartbeat,
    output: AnyResult,
    run: (input) => written(Effect.flatMap(Steps, (_) => _.heartbeat(input))),
    by: (input) => input
  }),
  tool({
    name: "complete_step",
    title: "Complete step",
    description:
      "Mark your step as completed, when its work is committed; frees the steps that wait for it. `overlaps`: steps that a merge may conflict with. Next: claim_step.",
    kind: "update",
    input: CompleteStep,
    output: AnyResult,
    run: (input) =>
      Effect.map(
        Effect.flatMap(Steps, (_) => _.complete(input)),
        (step) => ({ ok: true, ...step })
      ),
    by: (input) => input
  }),
  tool({
    name: "fail_step",
    title: "Fail step",
    description: "Give your step up as failed, with the reason. recover_failed_step makes it claimable again.",
    kind: "update",
    input: FailStep,
    output: AnyResult,
    run: (input) => written(Effect.flatMap(Steps, (_) => _.fail(input))),
    by: (input) => input
  }),
  tool({
    name: "release_step",
    title: "Release step",
    description: "Give your step back, claimable by others at once, without counting as a lost attempt.",
    kind: "update",
    input: ReleaseStep,
    output: AnyResult,
    run: (input) => written(Effect.flatMap(Steps, (_) => _.release(input))),
    by: (input) => input
  }),
  tool({
    name: "merge_step",
    title: "Merge step",
    description:
      "Note that a completed step's branch is merged; where unblock_on is merged, this frees the steps that wait.",
    kind: "update",
    input: MergeStep,
    output: AnyResult,
    run: (input) => written(Effect.flatMap(Steps, (_) => _.merge(input))),
    by: ({ agent_id }) => (agent_id === undefined ? {} : { agent_id })
  }),
  tool({
    name: "get_step",
    title: "Get step",
    description: "A step in full: status, holder, attempt, dependencies, results.",
    kind: "read",
    input: OneStep,
    output: AnyResult,
    run: (input) =>
      Effect.map(
        Effect.flatMap(Steps, (_) => _.get(input)),
        (step) => ({ ...step })
      ),
    isWhole: true
  }),
  tool({
    name: "get_available_steps",
    title: "Get available steps",
    description:
      "Steps that could be claimed now, the best first, over all active projects or one. To take one, call claim_step.",
    kind: "read",
    input: AvailableSteps,
    output: StepsPageResult,
    run: (input) => Effect.flatMap(Steps, (_) => _.available(input)),
    text: (page) => page.steps,
    list: "steps"
  }),
  tool({
    name: "get_agent_work",
    title: "Get agent work",
    description:
      "What an agent holds, and until when: for an agent that lost its memory. Next: heartbeat each, to keep it.",
    kind: "read",
    input: AgentWork,
    output: StepsPageResult,
    run: (input) => Effect.flatMap(Steps, (_) => _.heldBy(input)),
    text: (page) => page.steps,
    list: "steps"
  })
]
