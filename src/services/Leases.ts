import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { StorageError } from "../domain/Errors.ts"
import type { AgentId, StepId } from "../domain/Ids.ts"

/** What a call tells about who made it. */
export interface SignOfLife {
  readonly agent_id?: AgentId
  readonly step_id?: StepId
}

/**
 * Keeps the claims made through this process believed, for as long as their agents are.
 * Source: design section 4.
 */
export class Leases extends Context.Tag("hq/Leases")<
  Leases,
  {
    /**
     * The holder made a call: renews the leases of all that it holds through this process, at most once a second. Whose call it
     * was is taken from the agent_id, else from who claimed the step here, else from the only agent that holds anything here; where
     * several do, a call that names nobody is nobody's.
     */
    readonly touch: (call: SignOfLife) => Effect.Effect<void, StorageError>

    /**
     * The holder waits for an answer until the scope closes: `touch` now, and again before its leases, or the belief in it, could
     * end.
     */
    readonly keepAlive: (call: SignOfLife) => Effect.Effect<void, never, Scope.Scope>

    /** Renews, in one statement, every claim of this process whose agent was heard of within HQ_PROGRESS_DEADLINE. */
    readonly renew: Effect.Effect<void, StorageError>

    /** The client went away: leaves its claims HQ_DISCONNECT_GRACE to live, unless somebody renews them. */
    readonly shorten: Effect.Effect<void, StorageError>
  }
>() {}
