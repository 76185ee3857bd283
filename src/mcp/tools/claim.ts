import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Scope from "effect/Scope"
import { invalidInput } from "../../domain/Errors.ts"
import type { ClaimStep } from "../../domain/Requests.ts"
import { Leases } from "../../services/Leases.ts"
import { Steps } from "../../services/Steps.ts"
import { renewAfter, renewDuring } from "../signOfLife.ts"
import type { Client } from "../Tool.ts"

/** Longest wait without progress notifications, in seconds. Clients without them give up after 60. */
const maxUnheardWait = 50

const tooLong = invalidInput(
  "wait_seconds",
  `must be at most ${maxUnheardWait}, because your client shows no progress and may give up after 60 seconds: wait ${maxUnheardWait}, then call again`
)

/** Claims a step. A call that is cancelled while it renews leases has not been heard: its claim is given back. */
export const claim = (input: ClaimStep, { gone, hearsProgress }: Client) =>
  Effect.gen(function* () {
    const { agent_id, wait_seconds = 0 } = input
    if (wait_seconds > maxUnheardWait && !hearsProgress) return yield* tooLong
    const { claim } = yield* Steps
    const renewing = Effect.provideService(renewAfter({ agent_id }), Leases, yield* Leases)
    if (wait_seconds === 0) return yield* claim(input, { until: gone, untilHeard: renewing })
    const scope = yield* Scope.make()
    const untilHeard = Effect.zipRight(Scope.close(scope, Exit.void), renewing)
    return yield* Scope.extend(renewDuring({ agent_id }), scope).pipe(
      Effect.zipRight(claim(input, { until: gone, untilHeard })),
      Effect.onExit((exit) => Scope.close(scope, exit))
    )
  })
