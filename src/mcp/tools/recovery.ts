import * as Effect from "effect/Effect"
import type { AgentId } from "../../domain/Ids.ts"
import { RecoverFailedStep, RecoverStep, StaleWork } from "../../domain/Requests.ts"
import { Recovery } from "../../services/Recovery.ts"
import { tool } from "../Tool.ts"
import { AnyResult, StepsPageResult, written } from "./outputs.ts"

/** Whom the call names. Else nobody: it is about another agent's work. */
const named = ({ agent_id }: { readonly agent_id?: AgentId }) => (agent_id === undefined ? undefined : { agent_id })

export const recovery = [
  tool({
    name: "detect_stale_work",
    title: "Detect stale work",
    description: "Claimed or started steps without a recent heartbeat: their agents may be gone. Next: recover_step.",
    kind: "read",
    input: StaleWork,
    output: StepsPageResult,
    run: (input) => Effect.flatMap(Recovery, (_) => _.detectStale(input)),
    text: (page) => page.steps,
    list: "steps",
    by: () => undefined
  }),
  tool({
    name: "recover_step",
    title: "Recover step",
    description: "Take a stale step from its agent and make it claimable again. The server also does so by itself.",
    kind: "take",
    input: RecoverStep,
    output: AnyResult,
    run: (input) => written(Effect.flatMap(Recovery, (_) => _.recover(input))),
    by: named
  }),
  tool({
    name: "recover_failed_step",
    title: "Recover failed step",
    description: "Make a failed step claimable again; the failed attempt is kept in failed_steps_history.",
    kind: "update",
    input: RecoverFailedStep,
    output: AnyResult,
    run: (input) => written(Effect.flatMap(Recovery, (_) => _.recoverFailed(input))),
    by: named
  })
]
