import { SqlError } from "@effect/sql/SqlError"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import { identity } from "effect/Function"
import * as Random from "effect/Random"
import { StorageBusy, type StorageError } from "../../domain/Errors.ts"
import type { Engine } from "./Engine.ts"
import type { Restore } from "./Restore.ts"

type Errors = Pick<Engine, "isBusy" | "failure">

/** Milliseconds of the steady clock, because the wall clock may be set during a wait. */
const waitedSince = (since: bigint) =>
  Effect.map(Clock.currentTimeNanos, (now) => Math.round(Number(now - since) / 1e6))

/** Backoff between two attempts at a lock: 2 ms at first, then about 20 ms, with jitter that keeps processes out of step. */
const backoff = (attempts: number) =>
  Effect.flatMap(Random.nextRange(0.2, 1.8), (jitter) => Effect.sleep(Math.min(2 ** attempts, 20) * jitter))

/**
 * @param restore makes the backoff interruptible in an uninterruptible region
 * @param earlier error to fail with, instead of a first attempt, if the timeout is over already
 */
export type Retry = <A, E, R>(self: Effect.Effect<A, E, R>, restore?: Restore, earlier?: E) => Effect.Effect<A, E, R>

/**
 * Retries, on the fiber and not in the driver, while another process's lock is in the way and the timeout is not over.
 *
 * @param since nanoseconds of the steady clock at which the timeout began
 */
export const retryBusy = ({ isBusy }: Errors, since: bigint, busyTimeout: Duration.Duration): Retry => {
  const isOver = Effect.map(waitedSince(since), (millis) => millis >= Duration.toMillis(busyTimeout))
  return <A, E, R>(self: Effect.Effect<A, E, R>, restore: Restore = identity, earlier?: E) => {
    const unlessOver = (error: E, next: Effect.Effect<A, E, R>) =>
      Effect.flatMap(isOver, (over) => (over ? Effect.fail(error) : next))
    const attempt = (attempts: number): Effect.Effect<A, E, R> =>
      Effect.catchAll(self, (error) =>
        error instanceof SqlError && isBusy(error)
          ? unlessOver(error, Effect.zipRight(restore(backoff(attempts)), attempt(attempts + 1)))
          : Effect.fail(error)
      )
    return earlier === undefined ? attempt(1) : unlessOver(earlier, attempt(1))
  }
}

/** Turns the driver's errors into what callers see of them. */
export const mapStorageErrors =
  ({ failure, isBusy }: Errors, since: bigint) =>
  <A, E, R>(self: Effect.Effect<A, E, R>): Effect.Effect<A, Exclude<E, SqlError> | StorageError, R> =>
    Effect.catchAll(self, (error): Effect.Effect<never, Exclude<E, SqlError> | StorageError> => {
      if (!(error instanceof SqlError)) return Effect.fail(error as Exclude<E, SqlError>)
      if (isBusy(error)) return Effect.flatMap(waitedSince(since), (waited_ms) => new StorageBusy({ waited_ms }))
      const reported = failure(error)
      return reported === undefined ? Effect.die(error) : Effect.fail(reported)
    })

/** Waits for other processes' locks until the timeout; both of the above in one. */
export const untilNotBusy =
  (errors: Errors, busyTimeout: Duration.Duration) =>
  <A, E, R>(self: Effect.Effect<A, E, R>): Effect.Effect<A, Exclude<E, SqlError> | StorageError, R> =>
    Effect.flatMap(Clock.currentTimeNanos, (since) =>
      mapStorageErrors(errors, since)(retryBusy(errors, since, busyTimeout)(self))
    )
