import { SqlError } from "@effect/sql/SqlError"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import { type Access, type Body, type Held, type Restore, run } from "./transaction.ts"

/** Writes that one transaction takes: other processes wait for no more than that. */
const maxGroup = 128

/** Of this many transactions in a row with one writer only, one looks whether more are about to come. */
const probeEvery = 16

interface Writer {
  readonly body: Body<unknown, unknown>
  /** What its body came to, once it is known whether that is kept. */
  exit: Exit.Exit<unknown, unknown>
  /** Its turn has come to lead. */
  leads: boolean
  readonly wake: () => void
}

/**
 * Tries until another process's lock is no longer in the way, or the writer's time is over.
 *
 * @param refused how the last try of this process failed, if it did: a writer whose time is over by then need not try
 */
export type UntilBegun = <A>(
  begin: Effect.Effect<A, SqlError>,
  restore: Restore,
  refused: SqlError | undefined
) => Effect.Effect<A, SqlError>

const loopTurn = Effect.async<void>((resume) => {
  setImmediate(() => resume(Effect.void))
})

/** SQLite ends some failed transactions by itself: then there is nothing left to roll back. */
const rollback = ({ connection }: Held) => Effect.ignore(run(connection, "ROLLBACK"))

/** What the driver said of a statement of the body. */
const driverError = (exit: Writer["exit"]): SqlError | undefined => {
  const error = Exit.isFailure(exit) ? Option.getOrUndefined(Cause.failureOption(exit.cause)) : undefined
  return error instanceof SqlError ? error : undefined
}

/** Runs a body within a savepoint; fails only where that is lost, and the transaction with it. */
const inSavepoint = ({ connection }: Held, body: Writer["body"]): Effect.Effect<Writer["exit"], SqlError> =>
  Effect.zipRight(
    run(connection, "SAVEPOINT hq_1"),
    Effect.flatMap(Effect.exit(Effect.suspend(() => body(connection))), (exit) => {
      const release = run(connection, "RELEASE hq_1")
      const undo = Effect.zipRight(run(connection, "ROLLBACK TO hq_1"), release)
      // Where SQLite has ended the transaction by itself, the body's error says why; that of the undoing does not.
      const kept = Exit.isSuccess(exit) ? release : Effect.mapError(undo, (error) => driverError(exit) ?? error)
      return Effect.as(kept, exit)
    })
  )

/**
 * Group commit. The first writer leads: it begins a transaction, does its part, and then, each within a savepoint, the parts of all who
 * came meanwhile and stand in line; so a failing one takes back only its own. Then it commits, and only then are all of them answered,
 * each with what its own part came to; the next in line leads. A writer alone has a plain transaction. Only a leader asks for the
 * lock: if all writers of a process did, they would keep the event loop busy with asking.
 *
 * Waiting is interruptible. A part is not: whoever is interrupted after it is not told what became of its write.
 *
 * @param undisturbed keeps others who have the connection from running their statements in the middle of a transaction
 */
export const groupCommit = (access: Access, undisturbed: Restore) => {
  const line = new Set<Writer>()
  let isLed = false
  let refused: SqlError | undefined
  /** How many transactions in a row have had one writer only. */
  let alone = 0

  const next = (): Writer | undefined => {
    const [writer] = line
    if (writer !== undefined) line.delete(writer)
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
   * Whoever is about to write at this very moment gets to stand in line, before the lock is taken. Timers that are due and input that is
   * there come up in a turn of the event loop; that is waited for while it has brought others of late, and now and then to see.
   */
  const others = Effect.suspend(() => {
    if (line.size > 0) return Effect.void
    return alone % probeEvery === 0 ? loopTurn : Effect.yieldNow()
  })

  const begin = (restore: Restore) =>
    Effect.flatMap(access(restore), (held) =>
      Effect.matchEffect(run(held.connection, "BEGIN IMMEDIATE"), {
        onFailure: (error) => {
          refused = error
          return Effect.zipRight(held.release, Effect.fail(error))
        },
        onSuccess: () => {
          refused = undefined
          return Effect.succeed(held)
        }
      })
    )

  /** Does the parts of a group and ends its transaction; then all of them have their exits. */
  const work = (held: Held, leader: Writer): Effect.Effect<void> => {
    const group = [leader]
    const end = Effect.suspend(() => {
      alone = group.length > 1 ? 0 : alone + 1
      return Effect.map(held.release, () => {
        for (const writer of group) if (writer !== leader) writer.wake()
      })
    })
    // The others' parts may have gone well: nothing of them is kept.
    const lose = (error: SqlError) => {
      for (const writer of group) writer.exit = Exit.fail(error)
      return rollback(held)
    }
    const rest: Effect.Effect<unknown, SqlError> = Effect.suspend(() => {
      const writer = group.length < maxGroup ? next() : undefined
      if (writer === undefined) return run(held.connection, "COMMIT")
      group.push(writer)
      return Effect.flatMap(inSavepoint(held, writer.body), (exit) => {
        writer.exit = exit
        return rest
      })
    })
    return Effect.flatMap(Effect.exit(Effect.suspend(() => leader.body(held.connection))), (exit) => {
      leader.exit = exit
      // Nobody else is in the transaction yet.
      return Effect.zipRight(Exit.isSuccess(exit) ? Effect.catchAll(rest, lose) : rollback(held), end)
    })
  }

  const lead = (writer: Writer, restore: Restore, untilBegun: UntilBegun) =>
    Effect.matchCauseEffect(Effect.zipRight(others, untilBegun(begin(restore), restore, refused)), {
      onFailure: (cause) => {
        handOver()
        return Effect.failCause(cause)
      },
      onSuccess: (held) =>
        Effect.flatMap(undisturbed(work(held, writer)), () => {
          handOver()
          return writer.exit
        })
    })

  return <A, E>(body: Body<A, E>, untilBegun: UntilBegun): Effect.Effect<A, E | SqlError> =>
    Effect.uninterruptibleMask((restore) => {
      let resume = (_: Effect.Effect<void>): void => {}
      const writer: Writer = { body, exit: Exit.void, leads: false, wake: () => resume(Effect.void) }
      if (!isLed) {
        isLed = true
        // Whoever finds no line was not in it when its leader was refused the lock.
        refused = undefined
        return lead(writer, restore, untilBegun)
      }
      const called = Effect.async<void>((callback) => {
        resume = callback
        line.add(writer)
      })
      const leave = Effect.sync(() => {
        line.delete(writer)
        if (writer.leads) handOver()
      })
      return Effect.flatMap(
        Effect.onInterrupt(restore(called), () => leave),
        () => (writer.leads ? lead(writer, restore, untilBegun) : writer.exit)
      )
    }) as Effect.Effect<A, E | SqlError>
}
