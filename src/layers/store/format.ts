import type { Connection } from "@effect/sql/SqlConnection"
import type { SqlError } from "@effect/sql/SqlError"
import * as Effect from "effect/Effect"
import { StorageFailure } from "../../domain/Errors.ts"
import type { Sql } from "./Sql.ts"

const migrated = (found: number, format: number) =>
  new StorageFailure({
    reason: `The database was migrated to format ${found} by a newer hq while this one (format ${format}) was running: update this program and restart it. Nothing was changed.`
  })

/**
 * Fails within a transaction if a newer hq has migrated the tables since this process opened them, because this program does not know
 * the newer format's rules. One search in a table of a few rows.
 */
export const refuseNewer = ({ format, migrations }: Pick<Sql, "format" | "migrations">) => {
  const newer = `SELECT migration_id AS found FROM ${migrations} WHERE migration_id > ${format} ORDER BY migration_id DESC LIMIT 1`
  return (connection: Connection): Effect.Effect<void, SqlError | StorageFailure> =>
    Effect.flatMap(connection.execute(newer, [], undefined), ([row]) =>
      row === undefined ? Effect.void : migrated((row as { readonly found: number }).found, format)
    )
}
