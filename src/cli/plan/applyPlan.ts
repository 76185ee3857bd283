import * as Effect from "effect/Effect"
import type { Project } from "../../domain/Entities.ts"
import { Conflict } from "../../domain/Errors.ts"
import { Projects } from "../../services/Projects.ts"
import { actor } from "../base/actor.ts"
import { runNext } from "../base/failures.ts"
import { shellWord } from "../text/references.ts"
import type { ReadPlan } from "./readPlan.ts"

/** What an import left. */
export interface Applied {
  readonly project: Project
  readonly warnings: ReadonlyArray<string>
}

/**
 * Makes the change, each call at the revision that the one before left: an edit by somebody else in between is a Conflict, which says how
 * much is made by then.
 *
 * @param file as it was named, for errors
 */
export const applyPlan = (file: string, { before, calls, change, plan }: ReadPlan) =>
  Effect.gen(function* () {
    const projects = yield* Projects
    const { base_commit = "", name, priority, unblock_on } = plan
    const by = { agent_id: actor() }
    const settings = {
      ...(priority === undefined ? {} : { priority }),
      ...(unblock_on === undefined ? {} : { unblock_on })
    }
    const warnings: Array<string> = []
    let project: Project
    if (before === undefined) {
      const created = yield* projects.create({ name, base_commit, ...settings, steps: calls.first, ...by })
      warnings.push(...(created.warnings ?? []))
      project = created
    } else {
      project = before.project
    }
    const changesSettings = before !== undefined && change.settings.length > 0
    const begun = before === undefined ? 1 : 0
    const parts = begun + calls.edits.length + (changesSettings ? 1 : 0)
    let { revision } = before?.project ?? project
    for (const [index, operations] of calls.edits.entries()) {
      const edited = yield* Effect.catchTag(
        projects.updatePlan({ project: name, operations, expected_revision: revision, ...by }),
        "Conflict",
        (error) => {
          const made = begun + index
          const done = made === 0 ? "" : ` Of ${parts} parts of the change, ${made} ${made === 1 ? "is" : "are"} made.`
          return new Conflict({
            ...error,
            reason: `${error.reason}${done}`,
            advice: runNext(`plan diff ${shellWord(file)}`)
          })
        }
      )
      revision = edited.revision
      warnings.push(...(edited.warnings ?? []))
      project = edited
    }
    // Last: a Conflict with the first edit then leaves all as it was.
    if (changesSettings) project = yield* projects.update({ name, ...settings, ...by })
    return { project, warnings } satisfies Applied
  })
