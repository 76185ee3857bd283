import type * as Effect from "effect/Effect"
import type { WorkEvent } from "../../domain/Work.ts"
import type { Projects } from "../../services/Projects.ts"
import type { Steps } from "../../services/Steps.ts"

/** What all parts of a worker use. */
export interface Told {
  readonly steps: Steps["Type"]
  readonly projects: Projects["Type"]
  readonly emit: (event: WorkEvent) => Effect.Effect<void>
  /** Makes a call again if the store did not take it. */
  readonly stored: <A, E extends { readonly _tag: string; readonly message: string }>(
    call: Effect.Effect<A, E>
  ) => Effect.Effect<A, E>
}
