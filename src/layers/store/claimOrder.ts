import type { Query } from "./Query.ts"

/*
 * The order in which ready steps are claimed: project priority, step priority, longest chain of dependents, project, step number.
 * How an engine reads it over many projects, without sorting what it does not return, is the dialect's own affair.
 */

/** A position in the claim order: just after that step. */
export interface ClaimCursor {
  readonly project_priority: number
  readonly priority: number
  readonly tail_minutes: number
  readonly project_id: number
  readonly step_num: number
}

/** Before every project and step: no priority is as large. */
export const start: ClaimCursor = {
  project_priority: Number.MAX_SAFE_INTEGER,
  priority: Number.MAX_SAFE_INTEGER,
  tail_minutes: 0,
  project_id: 0,
  step_num: 0
}

export interface Wanted {
  /** The project's name; every active project if absent. */
  readonly project?: string | undefined
  /** Steps of these scopes only. */
  readonly scopes?: ReadonlyArray<string> | undefined
}

/** What is asked of the ready steps: `ready` holds their order (a ClaimCursor and `id`), `s` the steps' own rows. */
export interface ReadySelection {
  readonly columns: string
  /** Further joins. */
  readonly join?: string
  readonly where?: string
  readonly limit?: number
}

/** Makes the query for the first `limit` of the ready steps that are wanted, after the cursor. */
export type ReadyStepsQuery = (wanted: Wanted, after: ClaimCursor, limit: number, selection: ReadySelection) => Query
