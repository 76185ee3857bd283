import type { Tables } from "../../Tables.ts"

/*
 * Ends the writes of programs that know no format above 8. Those before format 8 do not look for a newer one, so they would go on by their
 * own rules:
 * - projects.format, agent_events.format: the format of the program that inserted the row; NULL in rows from before.
 * - A new row without it is refused, and the transaction with it. An older hq records an event of each change of a step, and inserts a row
 *   of each project. What else it writes is harmless: it renews and shortens its own leases, prunes, and changes or deletes whole projects.
 *   The original hq, too, gets this sentence for each event.
 */

const refused =
  "The database was migrated to format 9 by a newer hq: update this program and restart it. Nothing was changed."

export const writers = (t: Tables): ReadonlyArray<string> =>
  [
    [t.projects, "projects_writer"],
    [t.agent_events, "events_writer"]
  ].flatMap(([table, trigger]) => [
    `ALTER TABLE ${table} ADD COLUMN format INTEGER`,
    `CREATE TRIGGER ${t.prefix}${trigger} BEFORE INSERT ON ${table} WHEN new.format IS NULL BEGIN
    SELECT RAISE(ABORT, '${refused}');
  END`
  ])
