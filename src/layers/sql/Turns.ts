import * as Effect from "effect/Effect"

/** Runs effects one at a time, first come, first served. */
export type Turns = <A, E, R>(self: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>

interface Place {
  isGranted: boolean
  readonly call: () => void
}

/**
 * Effect's own semaphore wakes everybody at each release, which among a thousand waiting fibers costs more than their work;
 * here a turn is handed from one to the next. Waiting is interruptible.
 */
export const make = (): Turns => {
  const line = new Set<Place>()
  let isTaken = false

  const pass = Effect.sync(() => {
    const [next] = line
    if (next === undefined) {
      isTaken = false
      return
    }
    line.delete(next)
    next.isGranted = true
    next.call()
  })

  return (self) =>
    Effect.uninterruptibleMask((restore) => {
      let place: Place | undefined
      const wait = Effect.async<void>((resume) => {
        place = { isGranted: !isTaken, call: () => resume(Effect.void) }
        if (isTaken) line.add(place)
        else {
          isTaken = true
          resume(Effect.void)
        }
      })
      // Interrupted just when its turn came, it hands the turn on.
      const leave = Effect.suspend(() => {
        if (place?.isGranted === true) return pass
        if (place !== undefined) line.delete(place)
        return Effect.void
      })
      return Effect.zipRight(
        Effect.onError(restore(wait), () => leave),
        Effect.ensuring(restore(self), pass)
      )
    })
}
