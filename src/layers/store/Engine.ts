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
  /** Whether the statement failed because another connection holds a lock, for now. */
  readonly isBusy: (error: SqlError) => boolean
  /** What a person can do about the error, never the driver's own text; undefined for a fault of hq's. */
  readonly failure: (error: SqlError) => StorageFailure | undefined
}
