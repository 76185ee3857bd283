import assert from "node:assert/strict"
import { createHash } from "node:crypto"
import { existsSync, readFileSync } from "node:fs"
import Database from "better-sqlite3"
import { applicationId } from "../../src/layers/store/sqlite/Migrations.ts"
import { initial } from "../../src/layers/store/sqlite/migrations/0001_initial.ts"
import { plans } from "../../src/layers/store/sqlite/migrations/0002_plans.ts"
import { edits } from "../../src/layers/store/sqlite/migrations/0003_edits.ts"
import { sessions } from "../../src/layers/store/sqlite/migrations/0004_sessions.ts"
import { names } from "../../src/layers/store/sqlite/migrations/0005_names.ts"
import { descriptions } from "../../src/layers/store/sqlite/migrations/0006_descriptions.ts"
import { estimates } from "../../src/layers/store/sqlite/migrations/0007_estimates.ts"
import { unblocking } from "../../src/layers/store/sqlite/migrations/0008_unblocking.ts"
import { tables } from "../../src/layers/store/Tables.ts"

/*
 * Files as the last build of each older format left them. The rows in formats/ are what real builds wrote: projects "shop" (at work, each
 * status), "Done" (completed) and "later" (paused). The schema is that of the migrations; each file of rows has the hash of the real one.
 */

const migrations = [initial, plans, edits, sessions, names, descriptions, estimates, unblocking]

/** Every format before this program's. */
export const oldFormats = migrations.map((_, index) => index + 1)

const rowsOf = (format: number): string | undefined => {
  const path = new URL(`formats/${format}.sql`, import.meta.url)
  return existsSync(path) ? readFileSync(path, "utf8") : undefined
}

const migrationsTable = `CREATE TABLE hq_migrations (
  migration_id integer PRIMARY KEY NOT NULL, created_at datetime NOT NULL DEFAULT current_timestamp, name VARCHAR(255) NOT NULL)`

/** Hash of everything in the schema but hq_migrations, as the header of the rows has it. */
const schemaHash = (db: Database.Database): string => {
  const schema = db
    .prepare("SELECT type, name, sql FROM sqlite_schema WHERE name <> 'hq_migrations' ORDER BY name")
    .all()
  return createHash("sha256").update(JSON.stringify(schema)).digest("hex")
}

/** Writes the rows as they were. Triggers would count them once more, so they are made anew afterwards. */
const insertRows = (db: Database.Database, rows: string) => {
  const triggers = db
    .prepare<[], { name: string; sql: string }>("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'")
    .all()
  for (const { name } of triggers) db.exec(`DROP TRIGGER ${name}`)
  db.exec(rows)
  for (const { sql } of triggers) db.exec(sql)
}

/** Has the live claims end in ten minutes. */
const renewLeases = `
  UPDATE steps SET last_heartbeat = strftime('%Y-%m-%dT%H:%M:%fZ', 'now', '-5 minutes'),
    lease_expires_at = strftime('%Y-%m-%dT%H:%M:%fZ', 'now', '10 minutes')
  WHERE status IN ('claimed', 'in_progress')`

/** Writes a file of that format with plans at work in it. No last build has format 6: that file is one of format 5, migrated. */
export const writeOldFormat = (filename: string, format: number): void => {
  const db = new Database(filename)
  db.pragma("journal_mode = WAL")
  db.pragma("foreign_keys = OFF")
  const t = tables("")
  const run = (from: number, to: number) => {
    for (const migration of migrations.slice(from, to)) for (const statement of migration(t)) db.exec(statement)
  }
  const rows = rowsOf(format)
  const written = rows === undefined ? format - 1 : format
  const found = rows ?? rowsOf(written) ?? ""
  run(0, written)
  assert(
    found.includes(`-- SHA-256 of its schema: ${schemaHash(db)}`),
    `the migrations up to ${written} are not to change`
  )
  db.exec(migrationsTable)
  if (written >= 4) db.exec("DELETE FROM lease_sweeps")
  insertRows(db, found)
  run(written, format)
  if (written < format) db.exec(`INSERT INTO hq_migrations (migration_id, name) VALUES (${format}, 'later')`)
  // A process that has just started takes no session for gone unless it has ended.
  if (written >= 4) db.exec("UPDATE agent_sessions SET ended_at = last_seen_at")
  db.exec(`${renewLeases}; PRAGMA application_id = ${applicationId}; PRAGMA user_version = ${format}`)
  db.close()
}
