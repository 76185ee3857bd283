import * as Context from "effect/Context"
import type { Holder } from "../domain/Errors.ts"
import type { StepId } from "../domain/Ids.ts"

/**
 * What this process claimed: the latest claim of each step, so that calls may leave out agent and attempt.
 * It only fills in what callers omit; the database alone decides who holds a step.
 */
export class Claims extends Context.Tag("hq/Claims")<
  Claims,
  {
    readonly remember: (stepId: StepId, holder: Holder) => void
    readonly recall: (stepId: StepId) => Holder | undefined
    /** The claim is over: it is still recalled for a while, for calls that are repeated. */
    readonly end: (stepId: StepId) => void
  }
>() {}
