import * as Context from "effect/Context"
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
 * Renews the leases of claims made through this process while their agents make calls. See docs/architecture.md,
 * "Leases".
 */
export class Leases extends Context.Tag("hq/Leases")<
  Leases,
  {
    /**
     * Renews all leases that the calling agent holds through this process, at most once a second. The agent is
     * `agent_id`; else the one that claimed the step here; else the only one that holds a claim here. Does nothing if
     * that leaves several agents. Fails with StorageBusy or StorageFailure.
     */
    readonly touch: (call: SignOfLife) => Effect.Effect<void, StorageError>

    /**
     * Calls `touch` now, and again before the agent's leases or its progress deadline expire, until the scope closes.
     * Used while a call waits.
     */
    readonly keepAlive: (call: SignOfLife) => Effect.Effect<void, never, Scope.Scope>

    /**
     * Renews every claim of this process whose agent made a call within HQ_PROGRESS_DEADLINE, in one statement. Fails
     * with StorageBusy or StorageFailure.
     */
    readonly renew: Effect.Effect<void, StorageError>

    /**
     * Shortens the leases of this process's claims to HQ_DISCONNECT_GRACE because its client has disconnected. Fails
     * with StorageBusy or StorageFailure.
     */
    readonly shorten: Effect.Effect<void, StorageError>
  }
>() {}
