import * as Layer from "effect/Layer"
import type { Holder } from "../domain/Errors.ts"
import type { StepId } from "../domain/Ids.ts"
import { Claims } from "../services/Claims.ts"

/** How many ended claims stay known, so that a repeated call may still leave out its agent. */
const endedKept = 10_000

/** Claims kept in memory, for as long as the layer lives. */
export const layer: Layer.Layer<Claims> = Layer.sync(Claims, () => {
  const held = new Map<StepId, Holder>()
  // A Map keeps the order of insertion: the first key is the oldest.
  const ended = new Map<StepId, Holder>()
  return Claims.of({
    remember: (stepId, holder) => {
      ended.delete(stepId)
      held.set(stepId, holder)
    },
    recall: (stepId) => held.get(stepId) ?? ended.get(stepId),
    end: (stepId) => {
      const holder = held.get(stepId)
      if (holder === undefined) return
      held.delete(stepId)
      ended.set(stepId, holder)
      const oldest = ended.keys().next()
      if (ended.size > endedKept && oldest.done !== true) ended.delete(oldest.value)
    }
  })
})
