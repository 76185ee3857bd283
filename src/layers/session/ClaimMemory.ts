import * as Layer from "effect/Layer"
import type { AgentId, StepId } from "../../domain/Ids.ts"
import { type Claimants, ClaimMemory, type HeldClaim } from "../../services/ClaimMemory.ts"

/** Steps with ended claims that are remembered at most, so that a repeated call may still leave out its agent. */
const endedKept = 10_000

/** Remembers claims while the layer lives. */
export const layer: Layer.Layer<ClaimMemory> = Layer.sync(ClaimMemory, () => {
  /** The latest claim of each agent that claimed the step through this session. */
  const known = new Map<StepId, Map<AgentId, HeldClaim>>()
  const held = new Map<StepId, HeldClaim & { readonly progressAt: number }>()
  let claimants: Claimants
  // A Set keeps the order of insertion: the first is the oldest.
  const ended = new Set<StepId>()
  /** Claims by agent, because every call asks for them: its cost must not grow with the number of claims. */
  const holders = new Map<AgentId, Set<StepId>>()
  /** Claims that their agents ended themselves: such an agent does not come back to the step by mistake. */
  const settled = new WeakSet<HeldClaim>()

  const hold = (claim: HeldClaim, at: number) => {
    const { agent_id, step_id } = claim
    letGo(held.get(step_id))
    held.set(step_id, { ...claim, progressAt: at })
    holders.set(agent_id, (holders.get(agent_id) ?? new Set()).add(step_id))
    meet(agent_id)
  }

  const meet = (agentId: AgentId) => {
    if (claimants === undefined) claimants = { only: agentId }
    else if (claimants !== "several" && claimants.only !== agentId) claimants = "several"
  }

  const letGo = (claim: HeldClaim | undefined) => {
    if (claim === undefined) return
    held.delete(claim.step_id)
    const steps = holders.get(claim.agent_id)
    steps?.delete(claim.step_id)
    if (steps?.size === 0) holders.delete(claim.agent_id)
  }

  const heldBy = (agentId: AgentId) =>
    Array.from(holders.get(agentId) ?? [], (stepId) => held.get(stepId) as HeldClaim & { readonly progressAt: number })

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
    heard: (agentId, stepId, at) => {
      const claims = heldBy(agentId)
      for (const claim of claims) {
        if (claim.step_id === stepId || claims.length === 1) held.set(claim.step_id, { ...claim, progressAt: at })
      }
    },
    skip: (millis, at) => {
      for (const claim of held.values()) {
        // What is not later than now was noted after the clock was set back, or loses nothing by being taken for that.
        if (millis < 0 && claim.progressAt <= at) continue
        held.set(claim.step_id, { ...claim, progressAt: Math.min(claim.progressAt + millis, at) })
      }
    },
    held: (agentId) => (agentId === undefined ? [...held.values()] : heldBy(agentId)),
    met: meet,
    claimants: () => claimants,
    renewed: (stepId, attempt, lastHeartbeat) => {
      const claim = held.get(stepId)
      if (claim?.attempt === attempt) held.set(stepId, { ...claim, last_heartbeat: lastHeartbeat })
    }
  })
})
