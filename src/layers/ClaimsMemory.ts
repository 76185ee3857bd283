import * as Layer from "effect/Layer"
import type { AgentId, StepId } from "../domain/Ids.ts"
import { Claims, type HeldClaim } from "../services/Claims.ts"

/** How many steps with ended claims stay known, so that a repeated call may still leave out its agent. */
const endedKept = 10_000

/** Claims kept in memory, for as long as the layer lives. */
export const layer: Layer.Layer<Claims> = Layer.sync(Claims, () => {
  /** The latest claim of each agent that claimed the step here. */
  const known = new Map<StepId, Map<AgentId, HeldClaim>>()
  const held = new Map<StepId, HeldClaim>()
  // A Set keeps the order of insertion: the first is the oldest.
  const ended = new Set<StepId>()
  const heardAt = new Map<AgentId, number>()
  /** Claims that their agents ended themselves: they do not come back to the step by mistake. */
  const settled = new WeakSet<HeldClaim>()

  const forgetOldest = () => {
    for (const stepId of ended) {
      if (ended.size <= endedKept) break
      ended.delete(stepId)
      known.delete(stepId)
    }
  }

  return Claims.of({
    remember: (claim, at) => {
      const { agent_id, attempt, step_id } = claim
      // The answer of an earlier claim may come in after that of a later one.
      if ((held.get(step_id)?.attempt ?? 0) > attempt) return
      held.set(step_id, claim)
      ended.delete(step_id)
      const agents = known.get(step_id) ?? new Map<AgentId, HeldClaim>()
      for (const [agent, earlier] of agents) if (settled.has(earlier)) agents.delete(agent)
      known.set(step_id, agents.set(agent_id, claim))
      heardAt.set(agent_id, at)
    },
    recall: (stepId) => [...(known.get(stepId)?.values() ?? [])],
    end: (stepId, attempt, how) => {
      const claim = held.get(stepId)
      if (claim?.attempt !== attempt) return
      held.delete(stepId)
      const kept = known.get(stepId)?.get(claim.agent_id)
      if (how === "done" && kept !== undefined) settled.add(kept)
      ended.add(stepId)
      forgetOldest()
    },
    heard: (agentId, at) => {
      if (heardAt.has(agentId)) heardAt.set(agentId, at)
    },
    held: () => Array.from(held.values(), (claim) => ({ ...claim, heardAt: heardAt.get(claim.agent_id) ?? 0 })),
    renewed: (stepId, attempt, lastHeartbeat) => {
      const claim = held.get(stepId)
      if (claim?.attempt === attempt) held.set(stepId, { ...claim, last_heartbeat: lastHeartbeat })
    }
  })
})
