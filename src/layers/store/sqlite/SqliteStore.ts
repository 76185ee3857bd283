import type * as SqlClient from "@effect/sql/SqlClient"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { StorageError } from "../../../domain/Errors.ts"
import { makeStore } from "../makeStore.ts"
import { Store } from "../Store.ts"
import { tables } from "../Tables.ts"
import { now } from "../time.ts"
import { refuse } from "../transaction.ts"
import { sqlite } from "./dialect.ts"
import { FileCheck } from "./FileCheck.ts"
import { migrate } from "./Migrations.ts"
import { errors } from "./sqliteErrors.ts"
import { transactions } from "./transactions.ts"

/**
 * The store on the SQLite client that is provided; makes hq's tables or brings them up to date first.
 *
 * @param prefix stands before every table's name
 * @param ownsDatabase the file is hq's alone: it is marked as such, and the tables of the original hq in it are taken over
 */
export const layer = (prefix: string, ownsDatabase: boolean): Layer.Layer<Store, StorageError, SqlClient.SqlClient> =>
  Layer.scoped(
    Store,
    Effect.gen(function* () {
      const sql = sqlite(prefix)
      yield* migrate(tables(prefix), ownsDatabase)
      const check = yield* FileCheck
      yield* refuse(check.afterCommit())
      // All processes are on one machine, and so have one clock.
      return yield* makeStore({ sql, ...transactions, ...errors, check, now: () => now }, ownsDatabase)
    })
  )
