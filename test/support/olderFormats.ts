import Database from "better-sqlite3"
import { applicationId } from "../../src/layers/store/sqlite/Migrations.ts"
import { initial } from "../../src/layers/store/sqlite/migrations/0001_initial.ts"
import { plans } from "../../src/layers/store/sqlite/migrations/0002_plans.ts"
import { edits } from "../../src/layers/store/sqlite/migrations/0003_edits.ts"
import { tables } from "../../src/layers/store/Tables.ts"

const at = "2026-01-18T10:00:00.000Z"

/** Step 1 is completed, 2 held since long ago; 3 and 4 wait for it, 5 for 4. */
const work = `
  INSERT INTO projects (name, created_at) VALUES ('older', '${at}');
  INSERT INTO steps (project_id, step_num, branch, scope) VALUES
    (1, 1, 'b', 's'), (1, 2, 'b', 's'), (1, 3, 'b', 's'), (1, 4, 'b', 's'), (1, 5, 'b', 's');
  INSERT INTO dependencies VALUES (2, 1), (3, 2), (4, 2), (5, 4);
  INSERT INTO agent_events (agent_id, project_id, step_id, event_type, timestamp, metadata) VALUES
    ('a', 1, 1, 'claimed', '${at}', '{"attempt":1}'), ('a', 1, 1, 'started', '${at}', '{"attempt":1}'),
    ('a', 1, 1, 'completed', '${at}', '{"attempt":1}'), ('a', 1, 2, 'claimed', '${at}', '{"attempt":1}');
  UPDATE steps SET status = 'completed', attempt = 1, agent_id = 'a', claimed_at = '${at}', started_at = '${at}',
    completed_at = '${at}' WHERE id = 1;
  UPDATE steps SET status = 'claimed', attempt = 1, agent_id = 'a', claimed_at = '${at}', last_heartbeat = '${at}',
    lease_expires_at = '${at}' WHERE id = 2`

/** Writes a file as a program of that format left it, with a plan at work. */
export const writeOlderFormat = (filename: string, format: 1 | 2 | 3): void => {
  const t = tables("")
  const migrations = [initial(t), plans(t), edits(t)].slice(0, format)
  const db = new Database(filename)
  db.pragma("journal_mode = WAL")
  for (const statement of migrations.flat()) db.exec(statement)
  db.exec(`CREATE TABLE hq_migrations (
    migration_id integer PRIMARY KEY NOT NULL, created_at datetime NOT NULL DEFAULT current_timestamp, name VARCHAR(255) NOT NULL)`)
  for (const [index] of migrations.entries()) {
    db.prepare("INSERT INTO hq_migrations (migration_id, name) VALUES (?, ?)").run(index + 1, `of the past ${index}`)
  }
  db.exec(`${work}; PRAGMA application_id = ${applicationId}; PRAGMA user_version = ${format}`)
  db.close()
}
