import * as Context from "effect/Context"
import type { Holder } from "../domain/Errors.ts"
import type { AgentId, StepId } from "../domain/Ids.ts"
import type { Timestamp } from "../domain/Text.ts"

/** A claim that an agent made through this session. */
export interface HeldClaim extends Holder {
  readonly step_id: StepId
  /** Time of the latest sign of life that this session wrote or read. */
  readonly last_heartbeat: Timestamp
}

/** The agents that have asked for steps through a session, also if they got none, or their claims have ended. */
export type Claimants = { readonly only: AgentId } | "several" | undefined

/**
 * Remembers the claims made through this session, and when each of them last made progress. It only fills in omitted
 * fields and selects the leases to renew: the database alone decides who holds a step. Times are milliseconds since
 * 1970. See docs/architecture.md, "Fencing".
 */
export class ClaimMemory extends Context.Tag("hq/ClaimMemory")<
  ClaimMemory,
  {
    /** Records that the agent claimed the step through this session, or proved here that it holds it. */
    readonly remember: (claim: HeldClaim, at: number) => void
    /**
     * Returns the latest claim of the step by each agent that claimed it through this session. Omits agents that ended
     * their claim themselves before another agent claimed the step.
     */
    readonly recall: (stepId: StepId) => ReadonlyArray<Holder>
    /**
     * Records that the attempt is over: "done" if its agent ended it, "lost" otherwise. `recall` still returns it for a
     * while, for repeated calls.
     */
    readonly end: (stepId: StepId, attempt: Holder["attempt"], how: "done" | "lost") => void
    /**
     * Records that the agent made a call. It is progress of the step that the call names; of one that it does not name,
     * only if the agent holds no other.
     */
    readonly heard: (agentId: AgentId, stepId: StepId | undefined, at: number) => void
    /**
     * Returns the claims that have not ended, as far as this session knows, and when each last made progress. Without an
     * agent, returns those of all agents.
     */
    readonly held: (agentId?: AgentId) => ReadonlyArray<HeldClaim & { readonly progressAt: number }>
    /**
     * Records that this process stood still, or that its clock was set, by so many milliseconds: claims could make no
     * progress meanwhile.
     */
    readonly skip: (millis: number, at: number) => void
    /** Returns who has asked for steps through this session: the one agent, "several", or undefined for none. */
    readonly claimants: () => Claimants
    /** Records that the agent has asked for a step through this session. */
    readonly met: (agentId: AgentId) => void
    /** Records the sign of life that this session wrote for the claim. */
    readonly renewed: (stepId: StepId, attempt: Holder["attempt"], lastHeartbeat: Timestamp) => void
  }
>() {}
