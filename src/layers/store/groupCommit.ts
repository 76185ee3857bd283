import { SqlError } from "@effect/sql/SqlError"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import { OutcomeUnknown, type StorageFailure } from "../../domain/Errors.ts"
import type { Engine } from "./Engine.ts"
import { refuseNewer } from "./format.ts"
import { loopTurn } from "./loopTurn.ts"
import type { Restore } from "./Restore.ts"
import { steadyMillis } from "./time.ts"
import { type Body, type Reserve, type ReservedConnection, refuse, run } from "./transaction.ts"

/** Bodies that one transaction takes: other processes wait for no more than that. */
const maxGroup = 128

/** A group takes no more bodies once its transaction has lasted for so many milliseconds: a body may take longer than many others do. */
const longestGroup = 50

/** After such a group, other processes have the lock for so many milliseconds: they ask for it again every 20 at least. */
const pause = 20

/** Of this many transactions in a row with one writer only, one waits to see whether more writers are about to come. */
const probeEvery = 16

interface Writer {
  readonly body: Body<unknown, unknown>
  /** What its body came to, once it is known whether that is kept. */
  exit: Exit.Exit<unknown, unknown>
  /** It is at the head of the queue and leads the next group. */
  leads: boolean
  isWoken: boolean
  wake: () => void
}

/**
 * Retries until another process's lock is no longer in the way, or the writer's timeout is over.
 *
 * @param refused error of the last attempt of this process, if it failed: a writer whose timeout is over by then need not try
 */
export type UntilBegun = <A>(
  begin: Effect.Effect<A, SqlError | StorageFailure>,
  restore: Restore,
  refused: SqlError | undefined
) => Effect.Effect<A, SqlError | StorageFailure>

/** Why nothing of a group's transaction is acknowledged. */
export type Lost = SqlError | StorageFailure | OutcomeUnknown

/** Runs a body in a group's transaction. @param waiting makes the waits interruptible; by default the caller's own mask decides */
export type Write = <A, E>(body: Body<A, E>, untilBegun: UntilBegun, waiting?: Restore) => Effect.Effect<A, E | Lost>

/** The driver's error, if a statement of the body failed with one. */
const driverError = (exit: Writer["exit"]): SqlError | undefined => {
  const error = Exit.isFailure(exit) ? Option.getOrUndefined(Cause.failureOption(exit.cause)) : undefined
  return error instanceof SqlError ? error : undefined
}

/** Resolves when the writer is woken. */
const woken = (writer: Writer) =>
  Effect.async<void>((resume) => {
    writer.wake = () => {
      writer.isWoken = true
      resume(Effect.void)
    }
    if (writer.isWoken) resume(Effect.void)
  })

/**
 * Group commit. The first writer leads: it begins a transaction, runs its body, and then, each within a savepoint, the bodies of all
 * writers that are in the queue by then; so one that fails takes back only its own part. Then it commits, and only then does every
 * writer get what its own body came to; the next in the queue leads. A writer alone has a plain transaction. Only a leader asks for
 * the lock: if all writers of a process did, asking would keep the event loop busy.
 *
 * A wait in the queue or for the lock is interruptible; a body is not. A writer that is interrupted while its body is in a group
 * waits for the end of that group.
 *
 * @param undisturbed keeps others who have the connection from running their statements in the middle of a transaction
 */
export const groupCommit = (reserve: Reserve, engine: Engine, undisturbed: Restore): Write => {
  const { check, isOutcomeOpen, savepoint, writing } = engine
  const isCurrent = refuseNewer(engine.sql)
  const part = savepoint("hq_1")
  const queue = new Set<Writer>()
  let isLed = false
  let refused: SqlError | undefined
  /** How many transactions in a row had one writer only. */
  let alone = 0
  /** The latest transaction lasted so long that other processes come first. */
  let wasLong = false

  // An engine may end a failed transaction by itself: then there is nothing left to roll back.
  const rollback = ({ connection }: ReservedConnection) => Effect.ignore(run(connection, writing.undo))

  /** Runs a body within a savepoint; fails only if that is lost, and the transaction with it. */
  const inSavepoint = ({ connection }: ReservedConnection, body: Writer["body"]) =>
    Effect.zipRight(
      run(connection, part.begin),
      Effect.flatMap(Effect.exit(Effect.suspend(() => body(connection))), (exit) => {
        const keep = run(connection, part.keep)
        const undo = Effect.zipRight(run(connection, part.undo), keep)
        // If the engine ended the transaction by itself, the body's error says why; the error of the rollback does not.
        const ended = Exit.isSuccess(exit) ? keep : Effect.mapError(undo, (error) => driverError(exit) ?? error)
        return Effect.as(ended, exit)
      })
    )

  const next = (): Writer | undefined => {
    const [writer] = queue
    if (writer !== undefined) queue.delete(writer)
    return writer
  }

  const handOver = () => {
    const leader = next()
    isLed = leader !== undefined
    if (leader === undefined) return
    leader.leads = true
    leader.wake()
  }

  /**
   * Lets writers that are about to write join the queue before the lock is taken. Timers that are due and input that has arrived come
   * up in a turn of the event loop. The leader waits for one if that brought others of late, and now and then to see. After a long
   * transaction, it lets other processes have the lock first.
   */
  const others = (restore: Restore) =>
    Effect.suspend(() => {
      if (wasLong) return restore(Effect.sleep(pause))
      if (queue.size > 0) return Effect.void
      return alone % probeEvery === 0 ? loopTurn : Effect.yieldNow()
    })

  /** Begins the transaction, with a mark if one is due, unless a newer hq has migrated. */
  const opening = (reserved: ReservedConnection): Effect.Effect<unknown, SqlError | StorageFailure> => {
    const { connection } = reserved
    const mark = check.mark()
    const begun = run(connection, writing.begin)
    const current = isCurrent(connection)
    const within = mark === undefined ? current : Effect.zipRight(current, run(connection, mark.within))
    return Effect.zipRight(
      mark === undefined ? begun : Effect.zipRight(run(connection, mark.before), begun),
      Effect.onError(within, () => rollback(reserved))
    )
  }

  const begin = (restore: Restore) =>
    Effect.flatMap(reserve(restore), (reserved) =>
      Effect.matchEffect(
        Effect.suspend((): Effect.Effect<unknown, SqlError | StorageFailure> => check.before() ?? opening(reserved)),
        {
          onFailure: (error) => {
            refused = error instanceof SqlError ? error : undefined
            return Effect.zipRight(reserved.release, Effect.fail(error))
          },
          onSuccess: () => {
            refused = undefined
            return Effect.succeed(reserved)
          }
        }
      )
    )

  /** Runs the bodies of a group and ends its transaction; then every writer of it has its exit. */
  const work = (reserved: ReservedConnection, leader: Writer, since: number): Effect.Effect<void> => {
    const group = [leader]
    const isLong = Effect.map(steadyMillis, (now) => now - since >= longestGroup)
    const end = Effect.flatMap(isLong, (long) => {
      wasLong = long
      alone = group.length > 1 ? 0 : alone + 1
      return Effect.map(reserved.release, () => {
        for (const writer of group) if (writer !== leader) writer.wake()
      })
    })
    // Other bodies may have succeeded: nothing of them is kept.
    const lose = (cause: Cause.Cause<Lost>) => {
      for (const writer of group) writer.exit = Exit.failCause(cause)
      return rollback(reserved)
    }
    const kept = Effect.mapError(run(reserved.connection, writing.keep), (error) =>
      isOutcomeOpen(error) ? new OutcomeUnknown() : error
    )
    const commit: Effect.Effect<void, Lost> = Effect.flatMap(kept, () => refuse(check.afterCommit()))
    const rest: Effect.Effect<unknown, Lost> = Effect.flatMap(isLong, (long) => {
      const writer = group.length < maxGroup && !long ? next() : undefined
      if (writer === undefined) return commit
      group.push(writer)
      return Effect.flatMap(inSavepoint(reserved, writer.body), (exit) => {
        writer.exit = exit
        return rest
      })
    })
    return Effect.flatMap(Effect.exit(Effect.suspend(() => leader.body(reserved.connection))), (exit) => {
      leader.exit = exit
      // No other writer is in the transaction yet.
      return Effect.zipRight(Exit.isSuccess(exit) ? Effect.catchAllCause(rest, lose) : rollback(reserved), end)
    })
  }

  const lead = (writer: Writer, restore: Restore, untilBegun: UntilBegun) =>
    Effect.matchCauseEffect(Effect.zipRight(others(restore), untilBegun(begin(restore), restore, refused)), {
      onFailure: (cause) => {
        handOver()
        return Effect.failCause(cause)
      },
      onSuccess: (reserved) =>
        Effect.flatMap(undisturbed(Effect.flatMap(steadyMillis, (since) => work(reserved, writer, since))), () => {
          handOver()
          return writer.exit
        })
    })

  return <A, E>(body: Body<A, E>, untilBegun: UntilBegun, waiting?: Restore) =>
    Effect.uninterruptibleMask((mask) => {
      const restore = waiting ?? mask
      const writer: Writer = {
        body,
        exit: Exit.void,
        leads: false,
        isWoken: false,
        wake: () => {
          writer.isWoken = true
        }
      }
      if (!isLed) {
        isLed = true
        // A writer that finds no queue was not in it when its leader was refused the lock, or had it for long.
        refused = undefined
        wasLong = false
        return lead(writer, restore, untilBegun)
      }
      queue.add(writer)
      return Effect.matchCauseEffect(restore(woken(writer)), {
        onFailure: (cause) => {
          if (queue.delete(writer)) return Effect.failCause(cause)
          if (writer.leads) {
            handOver()
            return Effect.failCause(cause)
          }
          return Effect.flatMap(woken(writer), () => writer.exit)
        },
        onSuccess: () => (writer.leads ? lead(writer, restore, untilBegun) : writer.exit)
      })
    }) as Effect.Effect<A, E | Lost>
}
