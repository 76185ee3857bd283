import * as SqlClient from "@effect/sql/SqlClient"
import type { Connection } from "@effect/sql/SqlConnection"
import { SqlError } from "@effect/sql/SqlError"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import { identity } from "effect/Function"
import * as Option from "effect/Option"
import * as Random from "effect/Random"
import { StorageBusy, type StorageError } from "../../domain/Errors.ts"
import { Settings } from "../../services/Settings.ts"
import { groupCommit } from "./groupCommit.ts"
import { isBusy, storageFailure } from "./sqlite/sqliteErrors.ts"
import type { Tables } from "./Tables.ts"
import { alone, type Begin, type Body, oneByOne, own, type Restore, shared, transact } from "./transaction.ts"

export type Parameter = string | number | null

/** Statements of one transaction. */
export interface Transaction {
  readonly all: <Row>(
    statement: string,
    parameters: ReadonlyArray<Parameter>
  ) => Effect.Effect<ReadonlyArray<Row>, SqlError>
  /** The first row, if there is one. */
  readonly first: <Row>(
    statement: string,
    parameters: ReadonlyArray<Parameter>
  ) => Effect.Effect<Row | undefined, SqlError>
}

type Run = <A, E>(
  body: (tx: Transaction) => Effect.Effect<A, E>
) => Effect.Effect<A, Exclude<E, SqlError> | StorageError>

/**
 * hq's tables in the database that SqlClient speaks to.
 *
 * A body may run more than once, until it gets through between other processes' writes: it must do nothing but run statements.
 * Within a host's own transaction the body takes part in that.
 */
export class Database extends Context.Tag("hq/Database")<
  Database,
  {
    readonly tables: Tables
    /** Runs the body on one snapshot of the database. */
    readonly read: Run
    /** Runs the body in one transaction that holds the write lock from the start; durable when it returns. */
    readonly write: Run
    /** Whether the caller is within a transaction of the host's, which hq takes part in. */
    readonly isJoined: Effect.Effect<boolean>
  }
>() {}

const transactionOn = (connection: Connection): Transaction => ({
  all: (statement, parameters) => connection.execute(statement, parameters, undefined),
  first: (statement, parameters) => Effect.map(connection.execute(statement, parameters, undefined), (rows) => rows[0])
})

/** In nanoseconds of the steady clock: the wall clock may be set while somebody waits. */
const waitedSince = (since: bigint) =>
  Effect.map(Clock.currentTimeNanos, (now) => Math.round(Number(now - since) / 1e6))

/** Between two tries for a lock: 2 ms at first, then about 20 ms, never in step with another process. */
const pause = (tries: number) =>
  Effect.flatMap(Random.nextRange(0.2, 1.8), (jitter) => Effect.sleep(Math.min(2 ** tries, 20) * jitter))

/**
 * @param restore makes the pauses interruptible, where what is around them is not
 * @param earlier fails with this, instead of a first try, where the time is over already
 */
type Retry = <A, E, R>(self: Effect.Effect<A, E, R>, restore?: Restore, earlier?: E) => Effect.Effect<A, E, R>

type ByItself = <A, E>(body: Body<A, E>, retry: Retry) => Effect.Effect<A, E | SqlError>

/** Tries, on the fiber and not in the driver, until no other process's lock is in the way, or the time since `since` is over. */
const retryBusy = (since: bigint, busyTimeout: Duration.Duration): Retry => {
  const isOver = Effect.map(waitedSince(since), (millis) => millis >= Duration.toMillis(busyTimeout))
  return <A, E, R>(self: Effect.Effect<A, E, R>, restore: Restore = identity, earlier?: E) => {
    const unlessOver = (error: E, next: Effect.Effect<A, E, R>) =>
      Effect.flatMap(isOver, (over) => (over ? Effect.fail(error) : next))
    const attempt = (tries: number): Effect.Effect<A, E, R> =>
      Effect.catchAll(self, (error) =>
        error instanceof SqlError && isBusy(error)
          ? unlessOver(error, Effect.zipRight(restore(pause(tries)), attempt(tries + 1)))
          : Effect.fail(error)
      )
    return earlier === undefined ? attempt(1) : unlessOver(earlier, attempt(1))
  }
}

/** What a caller is told of the driver's errors. */
const refused =
  (since: bigint) =>
  <A, E, R>(self: Effect.Effect<A, E, R>): Effect.Effect<A, Exclude<E, SqlError> | StorageError, R> =>
    Effect.catchAll(self, (error): Effect.Effect<never, Exclude<E, SqlError> | StorageError> => {
      if (!(error instanceof SqlError)) return Effect.fail(error as Exclude<E, SqlError>)
      if (isBusy(error)) return Effect.flatMap(waitedSince(since), (waited_ms) => new StorageBusy({ waited_ms }))
      const failure = storageFailure(error)
      return failure === undefined ? Effect.die(error) : Effect.fail(failure)
    })

/** Waits for other processes' locks for as long as the time-out says. */
export const untilNotBusy =
  (busyTimeout: Duration.Duration) =>
  <A, E, R>(self: Effect.Effect<A, E, R>): Effect.Effect<A, Exclude<E, SqlError> | StorageError, R> =>
    Effect.flatMap(Clock.currentTimeNanos, (since) => refused(since)(retryBusy(since, busyTimeout)(self)))

type Outer = Option.Option<readonly [connection: Connection, depth: number]>
const none: Outer = Option.none()

/**
 * @param tables names of hq's tables, which must be there
 * @param ownsFile the client's connection is hq's alone: otherwise it is shared with a host, whose transactions hq takes part in
 */
export const make = (tables: Tables, ownsFile: boolean) =>
  Effect.gen(function* () {
    const client = yield* SqlClient.SqlClient
    const { busyTimeout } = yield* Settings
    const access = ownsFile ? own(yield* Effect.orDie(client.reserve)) : shared(client)

    /** The host's transaction, where hq takes part in one. */
    const outerOf = (context: Context.Context<never>): Outer =>
      ownsFile ? none : Context.getOption(context, SqlClient.TransactionConnection)

    const runs =
      (begin: Begin, byItself: ByItself): Run =>
      (body) =>
        Effect.withFiberRuntime((fiber) => {
          const work = (connection: Connection) => body(transactionOn(connection))
          const since = Context.get(fiber.currentDefaultServices, Clock.Clock).unsafeCurrentTimeNanos()
          const outer = outerOf(fiber.currentContext)
          return refused(since)(
            // A host's transaction has its lock already, or will not get it by waiting.
            Option.isSome(outer)
              ? oneByOne(outer.value[0])(transact(client, begin)(work))
              : byItself(work, retryBusy(since, busyTimeout))
          )
        })

    return Database.of({
      tables,
      isJoined: Effect.contextWith((context: Context.Context<never>) => Option.isSome(outerOf(context))),
      read: runs("BEGIN", (work, retry) => retry(alone(access, "BEGIN")(work))),
      write: runs(
        "BEGIN IMMEDIATE",
        groupCommit(access, ownsFile ? identity : Effect.withMaxOpsBeforeYield(Number.MAX_SAFE_INTEGER))
      )
    })
  })
