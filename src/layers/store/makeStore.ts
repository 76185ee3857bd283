import * as SqlClient from "@effect/sql/SqlClient"
import type { Connection } from "@effect/sql/SqlConnection"
import type { SqlError } from "@effect/sql/SqlError"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import { identity } from "effect/Function"
import * as Option from "effect/Option"
import type { StorageError, StorageFailure } from "../../domain/Errors.ts"
import { Settings } from "../../services/Settings.ts"
import { mapStorageErrors, type Retry, retryBusy } from "./busyRetry.ts"
import type { Brackets, Engine } from "./Engine.ts"
import { refuseNewer } from "./format.ts"
import { groupCommit, type Lost } from "./groupCommit.ts"
import type { Restore } from "./Restore.ts"
import { Store, type Transaction } from "./Store.ts"
import { alone, type Body, oneByOne, own, refuse, shared, transact } from "./transaction.ts"

type Outer = Option.Option<readonly [connection: Connection, depth: number]>
const none: Outer = Option.none()

/** Runs a body in a transaction that is hq's own. */
type ByItself = <A, E>(body: Body<A, E>, retry: Retry, waiting?: Restore) => Effect.Effect<A, E | Lost>

/**
 * Makes the store on the client that is provided.
 *
 * @param engine its tables must be there
 * @param ownsDatabase the client's connection is hq's alone; otherwise a host uses it too, and hq takes part in its transactions
 */
export const makeStore = (engine: Engine, ownsDatabase: boolean) =>
  Effect.gen(function* () {
    const client = yield* SqlClient.SqlClient
    const { busyTimeout } = yield* Settings
    const reserve = ownsDatabase ? own(yield* Effect.orDie(client.reserve)) : shared(client)

    const { check } = engine
    const isCurrent = refuseNewer(engine.sql)
    const ifCurrent =
      <A, E>(body: Body<A, E>): Body<A, E | SqlError | StorageFailure> =>
      (connection) =>
        Effect.zipRight(isCurrent(connection), body(connection))
    const isChecked = Effect.suspend(() => refuse(check.before()))
    const errors = {
      ...engine,
      // What has happened to the database says more than an error that follows from it.
      failure: (error: SqlError) => check.before() ?? engine.failure(error)
    }

    const transactionOn = (connection: Connection): Transaction => ({
      all: (statement, parameters) => connection.execute(statement, parameters, undefined),
      first: (statement, parameters) =>
        Effect.map(connection.execute(statement, parameters, undefined), (rows) => rows[0]),
      now: engine.now(connection)
    })

    /** The host's transaction, if hq takes part in one. */
    const outerOf = (context: Context.Context<never>): Outer =>
      ownsDatabase ? none : Context.getOption(context, SqlClient.TransactionConnection)

    const runs =
      (brackets: Brackets, byItself: ByItself) =>
      <A, E>(body: (tx: Transaction) => Effect.Effect<A, E>, waiting?: Restore) =>
        Effect.withFiberRuntime<A, Exclude<E, SqlError> | StorageError>((fiber) => {
          const work = (connection: Connection) => body(transactionOn(connection))
          const since = Context.get(fiber.currentDefaultServices, Clock.Clock).unsafeCurrentTimeNanos()
          const outer = outerOf(fiber.currentContext)
          return mapStorageErrors(
            errors,
            since
          )(
            // A host's transaction has its lock already, or will not get it by waiting.
            Option.isSome(outer)
              ? oneByOne(outer.value[0])(transact(client, engine, brackets)(ifCurrent(work)))
              : byItself(work, retryBusy(engine, since, busyTimeout), waiting)
          )
        })

    return Store.of({
      sql: engine.sql,
      isJoined: Effect.contextWith((context: Context.Context<never>) => Option.isSome(outerOf(context))),
      read: runs(engine.reading, (work, retry) =>
        Effect.zipLeft(retry(alone(reserve, engine.reading)(ifCurrent(work))), isChecked)
      ),
      write: runs(
        engine.writing,
        groupCommit(reserve, engine, ownsDatabase ? identity : Effect.withMaxOpsBeforeYield(Number.MAX_SAFE_INTEGER))
      )
    })
  })
