import type { Tables } from "../../Tables.ts"

/*
 * Steps that say what to do: steps.title is one line, steps.description up to 64 KiB. The description is the last column, so that reading
 * any other one never follows its overflow pages. The history keeps both as they were in the archived attempt.
 */

export const descriptions = (t: Tables): ReadonlyArray<string> =>
  [t.steps, t.failed_steps_history].flatMap((table) =>
    ["title", "description"].map((column) => `ALTER TABLE ${table} ADD COLUMN ${column} TEXT`)
  )
