import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type { Conflict, NotFound, StorageError } from "../../domain/Errors.ts"
import type { AgentId, StepId } from "../../domain/Ids.ts"
import { isLive } from "../../domain/Status.ts"
import type { Changes } from "../../services/Changes.ts"
import type { ClaimMemory } from "../../services/ClaimMemory.ts"
import type { Leases } from "../../services/Leases.ts"
import { renewalInterval, type SettingsValues } from "../../services/Settings.ts"
import type { Steps } from "../../services/Steps.ts"

/** How long writes of others are gathered before the step is looked at: each look is a read. */
const gather = Duration.seconds(1)

export interface Held {
  readonly step_id: StepId
  readonly agent_id: AgentId
  readonly attempt: number
}

interface Services {
  readonly steps: Steps["Type"]
  readonly leases: Leases["Type"]
  readonly memory: ClaimMemory["Type"]
  readonly changes: Changes["Type"]
  readonly settings: SettingsValues
}

/** Renews the lease of a step, as progress of it, until the step is lost. Then it ends with the reason. */
export const keep = ({ changes, leases, memory, settings, steps }: Services, { agent_id, attempt, step_id }: Held) => {
  const isHeld = () => memory.held(agent_id).some((claim) => claim.step_id === step_id && claim.attempt === attempt)
  const quietly = <A>(call: Effect.Effect<A, StorageError | Conflict>) =>
    Effect.catchAllCause(call, (cause) =>
      Effect.asVoid(Effect.logWarning("the lease of a step could not be looked after", cause))
    )

  const renewing = Effect.repeat(
    Effect.zipRight(quietly(leases.touch({ agent_id, step_id })), Effect.sync(isHeld)).pipe(
      Effect.tap((held) => (held ? Effect.sleep(renewalInterval(settings)) : Effect.void))
    ),
    { while: (held) => held }
  ).pipe(Effect.as("its lease ended"))

  /** Why the step is not held any more. Undefined if it is. */
  const look = steps.get({ step_id }).pipe(
    Effect.map((step) => {
      const isSame = isLive(step.status) && step.agent_id === agent_id && step.attempt === attempt
      const by = isLive(step.status) && step.agent_id !== undefined ? ` by ${step.agent_id}` : ""
      return isSame ? undefined : `it is ${step.status}${by} now, in attempt ${step.attempt}`
    }),
    Effect.catchTag("NotFound", ({ message }: NotFound) => Effect.succeed(message)),
    quietly
  )

  const watching = Effect.scoped(
    Effect.gen(function* () {
      const changed = yield* changes.watch
      let reason = yield* look
      while (reason === undefined) {
        yield* changed
        yield* Effect.sleep(gather)
        reason = yield* look
      }
      return reason
    })
  )
  return Effect.raceFirst(renewing, watching)
}
