import * as Effect from "effect/Effect"

/** A turn is had by one fiber at a time, first come, first served. */
export interface Turns {
  /** Waits for a turn. @param restore makes the wait interruptible; what is around it must not be */
  readonly take: (restore: <A>(self: Effect.Effect<A>) => Effect.Effect<A>) => Effect.Effect<void>
  /** Whether somebody waits for a turn. */
  readonly isAwaited: () => boolean
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
 *
 * @param atEnd runs at the end of every turn, told whether somebody's turn follows at once
 */
export const make = (atEnd: (isFollowed: boolean) => Effect.Effect<void> = () => Effect.void): Turns => {
  const line = new Set<Place>()
  let isTaken = false

  const next = (): Place | undefined => {
    const [place] = line
    if (place === undefined) return undefined
    line.delete(place)
    place.isGranted = true
    return place
  }

  const pass = Effect.suspend(() => {
    // Chosen before atEnd hears of it: if the chosen one leaves meanwhile, it passes the turn on, and atEnd hears again.
    const chosen = next()
    return Effect.map(atEnd(chosen !== undefined), () => {
      const place = chosen ?? next()
      if (place === undefined) isTaken = false
      else place.call()
    })
  })

  return {
    pass,
    isAwaited: () => line.size > 0,
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
        return Effect.onError(restore(wait), () => {
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
