import * as Effect from "effect/Effect"

/** A turn is had by one fiber at a time, first come, first served. */
export interface Turns {
  /** Waits for a turn. @param restore makes the wait interruptible; what is around it must not be */
  readonly take: (restore: <A>(self: Effect.Effect<A>) => Effect.Effect<A>) => Effect.Effect<void>
  /** Ends the turn, and hands it on to who is next. */
  readonly pass: Effect.Effect<void>
}

interface Place {
  isGranted: boolean
  readonly call: () => void
}

/**
 * Effect's own semaphore wakes everybody at each release, which among a thousand waiting fibers costs more than their work;
 * here a turn is handed from one to the next.
 */
export const make = (): Turns => {
  const line = new Set<Place>()
  let isTaken = false

  const pass = Effect.sync(() => {
    const [next] = line
    isTaken = next !== undefined
    if (next === undefined) return
    line.delete(next)
    next.isGranted = true
    next.call()
  })

  return {
    pass,
    take: (restore) =>
      Effect.suspend(() => {
        if (!isTaken) {
          isTaken = true
          return Effect.void
        }
        let place: Place | undefined
        const wait = Effect.async<void>((resume) => {
          place = { isGranted: false, call: () => resume(Effect.void) }
          line.add(place)
        })
        // Interrupted just when its turn came, it hands the turn on.
        return Effect.onInterrupt(restore(wait), () => {
          if (place?.isGranted === true) return pass
          if (place !== undefined) line.delete(place)
          return Effect.void
        })
      })
  }
}

/** Runs an effect in a turn of its own. */
export const inTurn =
  ({ pass, take }: Turns) =>
  <A, E, R>(self: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
    Effect.uninterruptibleMask((restore) => Effect.zipRight(take(restore), Effect.ensuring(restore(self), pass)))
