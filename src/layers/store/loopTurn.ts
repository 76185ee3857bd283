import * as Effect from "effect/Effect"

/** Waits for one turn of the event loop, in which timers that are due and input that has arrived come up. */
export const loopTurn = Effect.async<void>((resume) => {
  setImmediate(() => resume(Effect.void))
})
