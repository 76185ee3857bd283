import * as Context from "effect/Context"
import type * as Duration from "effect/Duration"
import type * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { StorageError } from "../domain/Errors.ts"
import type { AgentId, StepId } from "../domain/Ids.ts"

/** The step or agent that a call names. */
export interface SignOfLife {
  readonly agent_id?: AgentId
  readonly step_id?: StepId
}

/**
 * Renews the leases of claims made through this session while their agents make calls. See docs/architecture.md,
 * "Leases".
 */
export class Leases extends Context.Tag("hq/Leases")<
  Leases,
  {
    /**
     * Renews all leases that the calling agent holds through this session, at most once a second, as long as each has made
     * progress within HQ_PROGRESS_DEADLINE: a call is progress of the step that it names, or of the only one that the
     * agent holds. The agent is `agent_id`, else the only one that has claimed through this session. Does nothing if there
     * are several. Fails with StorageBusy or StorageFailure.
     *
     * @param timeout after which a renewal is given up; the next call tries again. Default: none
     */
    readonly touch: (call: SignOfLife, timeout?: Duration.DurationInput) => Effect.Effect<void, StorageError>

    /**
     * Calls `touch` now, and again before the agent's leases or its progress deadline expire, until the scope closes.
     * Used while a call waits.
     */
    readonly keepAlive: (call: SignOfLife) => Effect.Effect<void, never, Scope.Scope>

    /**
     * Renews every claim of this session that made progress within HQ_PROGRESS_DEADLINE, in one statement. Fails with
     * StorageBusy or StorageFailure.
     */
    readonly renew: Effect.Effect<void, StorageError>

    /**
     * Records that the session has ended because its client has disconnected, and shortens the leases of its claims to
     * HQ_DISCONNECT_GRACE. A session that lasted less than a minute leaves them as they are, because some clients start a
     * server process for each call. Fails with StorageBusy or StorageFailure.
     */
    readonly endSession: Effect.Effect<void, StorageError>
  }
>() {}
