import type { SqlError } from "@effect/sql/SqlError"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as FiberId from "effect/FiberId"
import * as Turns from "./Turns.ts"
import { type Access, type Body, type Held, run } from "./transaction.ts"

/** Writes that one transaction takes: other processes wait for no more than that. */
const maxGroup = 128

interface Group extends Held {
  /** Done once the transaction is durable, or failed if it came to nothing. */
  readonly ended: Deferred.Deferred<void, SqlError>
  size: number
}

/** Writers alone in their transactions, one after the other, of which one looks whether more are about to come. */
const probeEvery = 16

const loopTurn = Effect.async<void>((resume) => {
  setImmediate(() => resume(Effect.void))
})

/**
 * Group commit. Writers take turns. The first begins a transaction; a writer with another one waiting behind it leaves the transaction
 * open, and the next does its part in there too, within a savepoint, so that a failing one takes back only its own. Whoever has
 * nobody behind it commits, and only then are all of them answered. A writer alone has a plain transaction. Of a process's writers only
 * the one whose turn it is asks for the lock: if all did, they would keep the event loop busy with asking.
 *
 * Waiting is interruptible. A body is not: whoever is interrupted in it is not told what became of its write.
 */
export const groupCommit = (access: Access) => {
  let open: Group | undefined
  /** How many transactions in a row have had one writer only. */
  let alone = 0

  const end = (group: Group, statement: Effect.Effect<unknown, SqlError>): Effect.Effect<void> => {
    open = undefined
    alone = group.size > 1 ? 0 : alone + 1
    return Effect.flatMap(Effect.exit(statement), (exit) =>
      Effect.zipRight(group.release, Deferred.done(group.ended, Exit.asVoid(exit)))
    )
  }
  // SQLite ends some failed transactions by itself: then there is nothing left to roll back.
  const rollback = (group: Group) => Effect.ignore(run(group.connection, "ROLLBACK"))
  const commit = (group: Group) =>
    end(
      group,
      Effect.tapError(run(group.connection, "COMMIT"), () => rollback(group))
    )
  const turns = Turns.make((isFollowed) =>
    open === undefined || (isFollowed && open.size < maxGroup) ? Effect.void : commit(open)
  )

  /**
   * Whoever is about to write at this very moment gets to stand in line, before the lock is taken. Timers that are due and input that is
   * there come up in a turn of the event loop; that is waited for while it has brought others of late, and now and then to see.
   */
  const others = Effect.suspend(() => {
    if (turns.isAwaited()) return Effect.void
    return alone % probeEvery === 0 ? loopTurn : Effect.yieldNow()
  })

  const begin = Effect.uninterruptibleMask((restore) =>
    Effect.flatMap(Effect.zipRight(others, access(restore)), (held) =>
      Effect.matchCauseEffect(run(held.connection, "BEGIN IMMEDIATE"), {
        onFailure: (cause) => Effect.zipRight(held.release, Effect.failCause(cause)),
        onSuccess: () => {
          open = { ...held, ended: Deferred.unsafeMake(FiberId.none), size: 0 }
          return Effect.succeed(open)
        }
      })
    )
  )

  /** The first of a group takes back the whole transaction when it fails: nobody else is in it yet. */
  const first = <A, E, R>(group: Group, body: Body<A, E, R>): Effect.Effect<Exit.Exit<A, E>, never, R> =>
    Effect.flatMap(Effect.exit(body(group.connection)), (exit) =>
      Effect.as(Exit.isSuccess(exit) ? Effect.void : end(group, rollback(group)), exit)
    )

  const next = <A, E, R>(
    { connection }: Group,
    body: Body<A, E, R>
  ): Effect.Effect<Exit.Exit<A, E | SqlError>, SqlError, R> =>
    Effect.zipRight(
      run(connection, "SAVEPOINT hq_1"),
      Effect.flatMap(Effect.exit(body(connection)), (exit) =>
        Effect.as(
          Exit.isSuccess(exit)
            ? run(connection, "RELEASE hq_1")
            : Effect.zipRight(run(connection, "ROLLBACK TO hq_1"), run(connection, "RELEASE hq_1")),
          exit
        )
      )
    )

  /** Runs the body in the group's transaction; where its savepoint is lost so is that, and what the others did in it. */
  const join = <A, E, R>(group: Group, body: Body<A, E, R>): Effect.Effect<Exit.Exit<A, E | SqlError>, never, R> =>
    ++group.size === 1
      ? first(group, body)
      : Effect.catchAll(next(group, body), (error: SqlError) => {
          const lost = Exit.fail(error)
          return Effect.as(end(group, Effect.zipRight(rollback(group), lost)), lost)
        })

  /** @param untilBegun how to wait for other processes' locks */
  return <A, E, R>(
    body: Body<A, E, R>,
    untilBegun: (begin: Effect.Effect<Group, SqlError>) => Effect.Effect<Group, SqlError>
  ): Effect.Effect<A, E | SqlError, R> =>
    Effect.uninterruptibleMask((restore) => {
      const written = Effect.suspend(() =>
        open === undefined ? restore(untilBegun(begin)) : Effect.succeed(open)
      ).pipe(
        Effect.flatMap((group) => Effect.map(join(group, body), (exit) => ({ ended: group.ended, exit }))),
        Effect.exit
      )
      return Effect.flatMap(Effect.zipRight(turns.take(restore), written), (exit) =>
        Effect.flatMap(turns.pass, () =>
          Effect.flatMap(exit, ({ ended, exit }) => Effect.zipRight(Deferred.await(ended), exit))
        )
      )
    })
}
