import * as Effect from "effect/Effect"
import type { DeletedProject } from "../../domain/Entities.ts"
import { Conflict } from "../../domain/Errors.ts"
import type { DeleteProject, UpdateProject } from "../../domain/Requests.ts"
import { finding } from "../plan/lookup.ts"
import { live } from "../store/fragments.ts"
import type { Transaction } from "../store/Store.ts"
import type { Tables } from "../store/Tables.ts"

/** Claims that a refusal names at most. */
const maxNamed = 20

export const nameTaken = (name: string, tool: string) =>
  new Conflict({
    reason: `A project named "${name}" exists already.`,
    advice: `Call get_project to see it, or ${tool} with another name.`
  })

/** What is done to a project as a whole, once it is there. */
export const projectChanges = (t: Tables) => {
  const find = finding(t)
  const idOf = `SELECT id FROM ${t.projects} WHERE name = ?`
  // What is left out stays as it is.
  const update = `
    UPDATE ${t.projects} SET name = coalesce(?, name), priority = coalesce(?, priority), unblock_on = coalesce(?, unblock_on),
      status = CASE coalesce(?, status) WHEN 'active' THEN iif(open_steps = 0, 'completed', 'active') ELSE coalesce(?, status) END
    WHERE id = ?`
  const claims = `SELECT id, step_num, agent_id FROM ${t.steps} WHERE project_id = ? AND ${live} ORDER BY step_num`
  const steps = `SELECT id FROM ${t.steps} WHERE project_id = ?`
  const counts = `
    SELECT (SELECT count(*) FROM ${t.steps} WHERE project_id = p.id) AS steps,
      (SELECT count(*) FROM ${t.steps} s JOIN ${t.dependencies} d ON d.step_id = s.id WHERE s.project_id = p.id) AS dependencies,
      (SELECT count(*) FROM ${t.failed_steps_history} WHERE project_id = p.id) AS failed_attempts
    FROM ${t.projects} p WHERE id = ?`
  // One by one, and not left to foreign keys: a host's connection may not enforce them.
  const deletions = [
    `UPDATE ${t.agent_events} SET project_id = NULL, step_id = NULL WHERE project_id = ?`,
    `DELETE FROM ${t.claim_requests} WHERE step_id IN (${steps})`,
    `DELETE FROM ${t.failed_steps_history} WHERE project_id = ?`,
    `DELETE FROM ${t.dependencies} WHERE step_id IN (${steps})`,
    `DELETE FROM ${t.steps} WHERE project_id = ?`,
    `DELETE FROM ${t.projects} WHERE id = ?`
  ]

  return {
    /** @returns its name from now on */
    update: (tx: Transaction, { name, new_name, priority, status, unblock_on }: UpdateProject) =>
      Effect.gen(function* () {
        const { id } = yield* find.project(tx, name)
        if (new_name !== undefined && new_name !== name && (yield* tx.first(idOf, [new_name])) !== undefined) {
          return yield* nameTaken(new_name, "update_project")
        }
        const given = [new_name ?? null, priority ?? null, unblock_on ?? null, status ?? null, status ?? null]
        yield* tx.all(update, [...given, id])
        return new_name ?? name
      }),

    remove: (tx: Transaction, { force, name }: DeleteProject) =>
      Effect.gen(function* () {
        const { id } = yield* find.project(tx, name)
        const held = yield* tx.all<{ id: number; step_num: number; agent_id: string | null }>(claims, [id])
        if (held.length > 0 && force !== true) {
          const named = held
            .slice(0, maxNamed)
            .map((step) => `step ${step.step_num} (id ${step.id}) by ${step.agent_id}`)
          return yield* new Conflict({
            reason: `Project "${name}" has live claims: ${named.join(", ")}${held.length > maxNamed ? ", …" : ""}.`,
            advice:
              "Wait until they end, or call delete_project again with force: true; their work stays on its branches."
          })
        }
        const counted = yield* tx.first<Omit<DeletedProject, "name" | "claims">>(counts, [id])
        yield* Effect.forEach(deletions, (statement) => tx.all(statement, [id]), { discard: true })
        return { name, ...counted, claims: held.length } as DeletedProject
      })
  }
}
