import type { Connection } from "@effect/sql/SqlConnection"
import type { SqlError } from "@effect/sql/SqlError"
import type * as Effect from "effect/Effect"
import type { StorageFailure } from "../../domain/Errors.ts"
import type { Sql } from "./Sql.ts"
import type { Time } from "./time.ts"

/** Statements around a body: one that begins, one that keeps what the body did, and one that takes it back. */
export interface Brackets {
  readonly begin: string
  readonly keep: string
  readonly undo: string
}

/** Notices that what is written would not be found again, such as after the removal of a file. */
export interface Check {
  /** Why the database must not be used any more, asked before it is used; undefined if all is well. */
  readonly before: () => StorageFailure | undefined
  /** Statements that the next transaction needs before its begin and after it, so that older copies of the database can be told from it. */
  readonly mark: () => { readonly before: string; readonly within: string } | undefined
  /** The same as `before`, between a commit and its answer, with certainty. */
  readonly afterCommit: () => StorageFailure | undefined
}

/** For a database that cannot get lost, or is not hq's to watch. */
export const noCheck: Check = { before: () => undefined, mark: () => undefined, afterCommit: () => undefined }

/** What an engine brings to the store, beside its tables. */
export interface Engine {
  readonly sql: Sql
  /** A transaction on one snapshot. */
  readonly reading: Brackets
  /** A transaction that excludes other writers from its first statement on. */
  readonly writing: Brackets
  /** A part of a transaction that can be taken back by itself. */
  readonly savepoint: (name: string) => Brackets
  /** The moment of what a transaction on that connection writes. */
  readonly now: (connection: Connection) => Effect.Effect<Time, SqlError>
  readonly check: Check
  /** Whether the statement failed because another connection holds a lock, for now. */
  readonly isBusy: (error: SqlError) => boolean
  /** Whether a commit that failed so may have been kept all the same. */
  readonly isOutcomeOpen: (error: SqlError) => boolean
  /** What a person can do about the error, never the driver's own text; undefined for a fault of hq's. */
  readonly failure: (error: SqlError) => StorageFailure | undefined
}
