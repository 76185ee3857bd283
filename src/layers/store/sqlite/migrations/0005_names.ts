import type { Tables } from "../../Tables.ts"

/*
 * Names are compared without ASCII case, as the collation NOCASE does. Not by lower(), which some builds of the sqlite3 shell redefine:
 * such a shell would write other entries into an index of it.
 */

/** Finds projects and ready steps by the caseless form of a name, and the steps of a branch. */
export const names = (t: Tables): ReadonlyArray<string> => [
  `CREATE INDEX ${t.prefix}projects_caseless ON ${t.projects} (name COLLATE NOCASE)`,
  `DROP INDEX ${t.prefix}steps_ready_scope`,
  `CREATE INDEX ${t.prefix}steps_ready_scope ON ${t.steps}
    (project_id, scope COLLATE NOCASE, priority DESC, tail_minutes DESC, step_num)
    WHERE status = 'not_started' AND unmet_dependencies = 0`,
  `CREATE INDEX ${t.prefix}steps_branch ON ${t.steps} (project_id, branch)`
]
