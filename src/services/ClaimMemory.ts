import * as Context from "effect/Context"
import type { Holder } from "../domain/Errors.ts"
import type { AgentId, StepId } from "../domain/Ids.ts"
import type { Timestamp } from "../domain/Text.ts"

/** A claim that this process holds for an agent. */
export interface HeldClaim extends Holder {
  readonly step_id: StepId
  /** The latest sign of life that this process wrote or read. */
  readonly last_heartbeat: Timestamp
}

/**
 * What this process claimed, so that calls may leave out agent and attempt, and when each agent was last heard of.
 * It only fills in what callers omit and says whose leases to renew; the database alone decides who holds a step.
 */
export class ClaimMemory extends Context.Tag("hq/ClaimMemory")<
  ClaimMemory,
  {
    /** The holder claimed the step through this process, or proved here that it holds it, at that time (milliseconds since 1970). */
    readonly remember: (claim: HeldClaim, at: number) => void
    /**
     * The latest claim of the step by each agent that claimed it through this process; without those who ended their claims
     * themselves before another agent claimed the step.
     */
    readonly recall: (stepId: StepId) => ReadonlyArray<Holder>
    /** That attempt is over, by its agent's doing or not: it is still recalled for a while, for calls that are repeated. */
    readonly end: (stepId: StepId, attempt: Holder["attempt"], how: "done" | "lost") => void
    /** The agent made a call at that time (milliseconds since 1970). */
    readonly heard: (agentId: AgentId, at: number) => void
    /**
     * Claims that have not ended, of that agent or of all, as far as this process knows, and when their agents were last heard of
     * (milliseconds since 1970).
     */
    readonly held: (agentId?: AgentId) => ReadonlyArray<HeldClaim & { readonly heardAt: number }>
    /** The agent that holds claims here, where there is just one. */
    readonly onlyHolder: () => AgentId | undefined
    /** This process gave the claim that sign of life. */
    readonly renewed: (stepId: StepId, attempt: Holder["attempt"], lastHeartbeat: Timestamp) => void
  }
>() {}
