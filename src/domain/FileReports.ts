import * as Schema from "effect/Schema"

const Count = Schema.NonNegativeInt

/** A copy of the database that passed its check. */
export const FileCopy = Schema.Struct({
  /** Absolute path. */
  file: Schema.String,
  bytes: Count,
  projects: Count,
  steps: Count
})
export type FileCopy = typeof FileCopy.Type

/** What was restored. */
export const RestoredFile = Schema.Struct({
  ...FileCopy.fields,
  /** The copy that was put in place. */
  from: Schema.String,
  /** Where the file that was there is now. Absent if there was none, or nothing was done. */
  kept: Schema.optional(Schema.String)
})
export type RestoredFile = typeof RestoredFile.Type

/** One check of the database, and how it came out. */
export const FileCheck = Schema.Struct({
  /** What was looked at, such as "disk space". */
  check: Schema.String,
  /** `warning` does no harm yet; `error` does; `mended` did until just now; `skipped` could not be looked at because of an error. */
  status: Schema.Literal("ok", "warning", "error", "mended", "skipped"),
  /** What was found. */
  detail: Schema.String,
  /** What to do about it. */
  cure: Schema.optional(Schema.String),
  /** Present if `hq doctor --fix` mends it. */
  can_mend: Schema.optional(Schema.Literal(true))
})
export type FileCheck = typeof FileCheck.Type
