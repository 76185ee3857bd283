import type { SqlError } from "@effect/sql/SqlError"
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type { StorageError } from "../../domain/Errors.ts"
import type { Parameter } from "./Query.ts"
import type { Restore } from "./Restore.ts"
import type { Sql } from "./Sql.ts"
import type { Time } from "./time.ts"

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
  /** The moment of what this transaction writes, by the store's clock. */
  readonly now: Effect.Effect<Time, SqlError>
}

/** What a caller sees of a transaction: the driver's errors have become StorageBusy, StorageFailure or a defect. */
export type Outcome<A, E> = Effect.Effect<A, Exclude<E, SqlError> | StorageError>

/**
 * hq's tables in one database, whatever the engine.
 *
 * A body may run more than once, until it gets through between other processes' writes: it must do nothing but run statements.
 * Within a host's own transaction, the body takes part in that.
 */
export class Store extends Context.Tag("hq/Store")<
  Store,
  {
    readonly sql: Sql
    /** Runs the body on one snapshot of the database. */
    readonly read: <A, E>(body: (tx: Transaction) => Effect.Effect<A, E>) => Outcome<A, E>
    /**
     * Runs the body in one transaction that excludes other writers; durable when it returns. A caller that is interrupted once the
     * body has run does not learn what became of it, unless it is uninterruptible itself.
     *
     * @param restore lets an uninterruptible caller be interrupted while it waits for its turn, when nothing is written yet; not within a
     *   host's transaction, where only statements are waited for
     */
    readonly write: <A, E>(body: (tx: Transaction) => Effect.Effect<A, E>, restore?: Restore) => Outcome<A, E>
    /** Whether the caller is within a transaction of the host's, which hq takes part in. */
    readonly isJoined: Effect.Effect<boolean>
  }
>() {}
