import * as Context from "effect/Context"
import type { Holder } from "../domain/Errors.ts"
import type { AgentId, StepId } from "../domain/Ids.ts"

/** A claim that this process holds for an agent. */
export interface HeldClaim extends Holder {
  readonly step_id: StepId
  /** When that agent was last heard of by this process: milliseconds since 1970. */
  readonly heardAt: number
}

/**
 * What this process claimed: the latest claim of each step, so that calls may leave out agent and attempt, and when each agent
 * was last heard of. It only fills in what callers omit and says whose leases to renew; the database alone decides who holds a step.
 */
export class Claims extends Context.Tag("hq/Claims")<
  Claims,
  {
    /** The holder claimed the step through this process, or proved here that it holds it, at that time (milliseconds since 1970). */
    readonly remember: (stepId: StepId, holder: Holder, at: number) => void
    readonly recall: (stepId: StepId) => Holder | undefined
    /** The claim is over: it is still recalled for a while, for calls that are repeated. */
    readonly end: (stepId: StepId) => void
    /** The agent made a call at that time (milliseconds since 1970). */
    readonly heard: (agentId: AgentId, at: number) => void
    /** Claims that have not ended, as far as this process knows. */
    readonly held: () => ReadonlyArray<HeldClaim>
    /** The agent of all held claims, if they are all of one. */
    readonly onlyAgent: () => AgentId | undefined
  }
>() {}
