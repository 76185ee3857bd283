import * as Context from "effect/Context"
import type { Holder } from "../domain/Errors.ts"
import type { AgentId, StepId } from "../domain/Ids.ts"
import type { Timestamp } from "../domain/Text.ts"

/** A claim that an agent made through this process. */
export interface HeldClaim extends Holder {
  readonly step_id: StepId
  /** Time of the latest sign of life that this process wrote or read. */
  readonly last_heartbeat: Timestamp
}

/**
 * Remembers the claims made through this process and when each agent made its last call. It only fills in omitted
 * fields and selects the leases to renew: the database alone decides who holds a step. Times are milliseconds since
 * 1970. See docs/architecture.md, "Fencing".
 */
export class ClaimMemory extends Context.Tag("hq/ClaimMemory")<
  ClaimMemory,
  {
    /** Records that the agent claimed the step through this process, or proved here that it holds it. */
    readonly remember: (claim: HeldClaim, at: number) => void
    /**
     * Returns the latest claim of the step by each agent that claimed it through this process. Omits agents that ended
     * their claim themselves before another agent claimed the step.
     */
    readonly recall: (stepId: StepId) => ReadonlyArray<Holder>
    /**
     * Records that the attempt is over: "done" if its agent ended it, "lost" otherwise. `recall` still returns it for a
     * while, for repeated calls.
     */
    readonly end: (stepId: StepId, attempt: Holder["attempt"], how: "done" | "lost") => void
    /** Records that the agent made a call. */
    readonly heard: (agentId: AgentId, at: number) => void
    /**
     * Returns the claims that have not ended, as far as this process knows, and the time of their agents' last calls.
     * Without an agent, returns those of all agents.
     */
    readonly held: (agentId?: AgentId) => ReadonlyArray<HeldClaim & { readonly heardAt: number }>
    /** Returns the only agent that holds claims through this process; undefined if there is none, or more than one. */
    readonly onlyHolder: () => AgentId | undefined
    /** Records the sign of life that this process wrote for the claim. */
    readonly renewed: (stepId: StepId, attempt: Holder["attempt"], lastHeartbeat: Timestamp) => void
  }
>() {}
