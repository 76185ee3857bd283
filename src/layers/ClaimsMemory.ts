import * as Layer from "effect/Layer"
import type { Holder } from "../domain/Errors.ts"
import type { AgentId, StepId } from "../domain/Ids.ts"
import { Claims } from "../services/Claims.ts"

/** How many ended claims stay known, so that a repeated call may still leave out its agent. */
const endedKept = 10_000

/** Claims kept in memory, for as long as the layer lives. */
export const layer: Layer.Layer<Claims> = Layer.sync(Claims, () => {
  const held = new Map<StepId, Holder>()
  // A Map keeps the order of insertion: the first key is the oldest.
  const ended = new Map<StepId, Holder>()
  const agents = new Map<AgentId, { claims: number; heardAt: number }>()

  const take = (stepId: StepId): Holder | undefined => {
    const holder = held.get(stepId)
    if (holder === undefined) return undefined
    held.delete(stepId)
    const agent = agents.get(holder.agent_id)
    if (agent !== undefined && --agent.claims === 0) agents.delete(holder.agent_id)
    return holder
  }

  return Claims.of({
    remember: (stepId, holder, at) => {
      // The answer of an earlier claim may come in after that of a later one.
      if ((held.get(stepId)?.attempt ?? 0) > holder.attempt) return
      take(stepId)
      ended.delete(stepId)
      held.set(stepId, holder)
      agents.set(holder.agent_id, { claims: (agents.get(holder.agent_id)?.claims ?? 0) + 1, heardAt: at })
    },
    recall: (stepId) => held.get(stepId) ?? ended.get(stepId),
    end: (stepId) => {
      const holder = take(stepId)
      if (holder === undefined) return
      ended.set(stepId, holder)
      const oldest = ended.keys().next()
      if (ended.size > endedKept && oldest.done !== true) ended.delete(oldest.value)
    },
    heard: (agentId, at) => {
      const agent = agents.get(agentId)
      if (agent !== undefined) agent.heardAt = at
    },
    held: () =>
      Array.from(held, ([step_id, holder]) => ({
        ...holder,
        step_id,
        heardAt: agents.get(holder.agent_id)?.heardAt ?? 0
      })),
    onlyAgent: () => (agents.size === 1 ? agents.keys().next().value : undefined)
  })
})
