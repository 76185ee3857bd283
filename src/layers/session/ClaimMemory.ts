import * as Layer from "effect/Layer"
import type { AgentId, StepId } from "../../domain/Ids.ts"
import { ClaimMemory, type HeldClaim } from "../../services/ClaimMemory.ts"

/** Steps with ended claims that are remembered at most, so that a repeated call may still leave out its agent. */
const endedKept = 10_000

/** Remembers claims while the layer lives. */
export const layer: Layer.Layer<ClaimMemory> = Layer.sync(ClaimMemory, () => {
  /** The latest claim of each agent that claimed the step through this process. */
  const known = new Map<StepId, Map<AgentId, HeldClaim>>()
  const held = new Map<StepId, HeldClaim>()
  // A Set keeps the order of insertion: the first is the oldest.
  const ended = new Set<StepId>()
  /** Claims by agent, because every call asks for them: its cost must not grow with the number of claims. */
  const holders = new Map<AgentId, { heardAt: number; readonly steps: Set<StepId> }>()
  /** Claims that their agents ended themselves: such an agent does not come back to the step by mistake. */
  const settled = new WeakSet<HeldClaim>()

  const hold = (claim: HeldClaim, at: number) => {
    const { agent_id, step_id } = claim
    letGo(held.get(step_id))
    held.set(step_id, claim)
    const holder = holders.get(agent_id) ?? { heardAt: at, steps: new Set() }
    holder.heardAt = at
    holder.steps.add(step_id)
    holders.set(agent_id, holder)
  }

  const letGo = (claim: HeldClaim | undefined) => {
    if (claim === undefined) return
    held.delete(claim.step_id)
    const holder = holders.get(claim.agent_id)
    holder?.steps.delete(claim.step_id)
    if (holder?.steps.size === 0) holders.delete(claim.agent_id)
  }

  const withTime = (claim: HeldClaim) => ({ ...claim, heardAt: holders.get(claim.agent_id)?.heardAt ?? 0 })

  const forgetOldest = () => {
    for (const stepId of ended) {
      if (ended.size <= endedKept) break
      ended.delete(stepId)
      known.delete(stepId)
    }
  }

  return ClaimMemory.of({
    remember: (claim, at) => {
      const { agent_id, attempt, step_id } = claim
      // The answer to an earlier claim may arrive after that to a later one.
      if ((held.get(step_id)?.attempt ?? 0) > attempt) return
      hold(claim, at)
      ended.delete(step_id)
      const agents = known.get(step_id) ?? new Map<AgentId, HeldClaim>()
      for (const [agent, earlier] of agents) if (settled.has(earlier)) agents.delete(agent)
      known.set(step_id, agents.set(agent_id, claim))
    },
    recall: (stepId) => [...(known.get(stepId)?.values() ?? [])],
    end: (stepId, attempt, how) => {
      const claim = held.get(stepId)
      if (claim?.attempt !== attempt) return
      letGo(claim)
      const kept = known.get(stepId)?.get(claim.agent_id)
      if (how === "done" && kept !== undefined) settled.add(kept)
      ended.add(stepId)
      forgetOldest()
    },
    heard: (agentId, at) => {
      const holder = holders.get(agentId)
      if (holder !== undefined) holder.heardAt = at
    },
    held: (agentId) => {
      if (agentId === undefined) return Array.from(held.values(), withTime)
      return Array.from(holders.get(agentId)?.steps ?? [], (stepId) => withTime(held.get(stepId) as HeldClaim))
    },
    onlyHolder: () => (holders.size === 1 ? holders.keys().next().value : undefined),
    renewed: (stepId, attempt, lastHeartbeat) => {
      const claim = held.get(stepId)
      if (claim?.attempt === attempt) held.set(stepId, { ...claim, last_heartbeat: lastHeartbeat })
    }
  })
})
