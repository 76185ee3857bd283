import type { SqlError } from "@effect/sql/SqlError"
import * as Effect from "effect/Effect"
import type { DeletedProject } from "../../domain/Entities.ts"
import { Conflict } from "../../domain/Errors.ts"
import { spellings } from "../../domain/Names.ts"
import type { DeleteProject, UpdateProject } from "../../domain/Requests.ts"
import { deletion } from "../plan/deletion.ts"
import { lookup } from "../plan/lookup.ts"
import { recordEvent } from "../store/events.ts"
import { live } from "../store/fragments.ts"
import { perStore } from "../store/Sql.ts"
import type { Transaction } from "../store/Store.ts"

/** Claims that a refusal names at most. */
const maxNamed = 20

/** @param existing the name of the other project */
export const nameTaken = (existing: string, name: string, tool: string) =>
  new Conflict({
    reason: `A project named "${existing}" exists already${existing === name ? "" : `, from which "${name}" differs in case alone`}.`,
    advice: `Call get_project to see it, or ${tool} with another name.`
  })

type Fields = Readonly<Record<string, string | number>>

/** The fields that differ, as they were and as they are. */
const differences = (before: Fields = {}, after: Fields = {}) => {
  const differing = Object.keys(after).filter((field) => before[field] !== after[field])
  const only = (fields: Fields) => Object.fromEntries(differing.map((field) => [field, fields[field]]))
  return { from: only(before), to: only(after) }
}

/** Changes or deletes a project as a whole. */
export const changeProject = perStore((sql) => {
  const find = lookup(sql)
  const record = recordEvent(sql)
  const deleting = deletion(sql)
  const settings = `SELECT name, status, priority, unblock_on FROM ${sql.projects} WHERE id = ?`
  const twin = `
    SELECT name FROM ${sql.projects} WHERE ${sql.caseless("name")} IN (SELECT value FROM ${sql.items("?", "wanted", "text")}) AND id <> ?
    LIMIT 1`
  // An absent value leaves the column as it is.
  const update = `
    UPDATE ${sql.projects} SET name = coalesce(?, name), priority = coalesce(?, priority), unblock_on = coalesce(?, unblock_on),
      status = CASE coalesce(?, status) WHEN 'active' THEN CASE WHEN open_steps = 0 THEN 'completed' ELSE 'active' END
        ELSE coalesce(?, status) END
    WHERE id = ? RETURNING name, status, priority, unblock_on`
  const claims = `SELECT id, step_num, agent_id FROM ${sql.steps} WHERE project_id = ? AND ${live} ORDER BY step_num`
  const counts = `
    SELECT (SELECT count(*) FROM ${sql.steps} WHERE project_id = p.id) AS steps,
      (SELECT count(*) FROM ${sql.steps} s JOIN ${sql.dependencies} d ON d.step_id = s.id WHERE s.project_id = p.id) AS dependencies,
      (SELECT count(*) FROM ${sql.failed_steps_history} WHERE project_id = p.id) AS failed_attempts
    FROM ${sql.projects} p WHERE id = ?`
  /** Refuses the name of another project, also one that differs in case alone. @param id of the project that has or gets it */
  const checkName = (
    tx: Transaction,
    name: string,
    tool: string,
    id: number
  ): Effect.Effect<void, Conflict | SqlError> =>
    Effect.flatMap(tx.first<{ name: string }>(twin, [JSON.stringify(spellings(name)), id]), (other) =>
      other === undefined ? Effect.void : nameTaken(other.name, name, tool)
    )

  return {
    checkName,

    /** Returns the project's name from now on. */
    update: (tx: Transaction, { name, new_name, priority, status, unblock_on }: UpdateProject, agent_id: string) =>
      Effect.gen(function* () {
        const { id } = yield* find.project(tx, name)
        if (new_name !== undefined && new_name !== name) yield* checkName(tx, new_name, "update_project", id)
        const given = [new_name ?? null, priority ?? null, unblock_on ?? null, status ?? null, status ?? null]
        const before = yield* tx.first<Fields>(settings, [id])
        const after = yield* tx.first<Fields>(update, [...given, id])
        const { from, to } = differences(before, after)
        if (Object.keys(to).length > 0) {
          const { at } = yield* tx.now
          const step = { id: null, project_id: id }
          yield* record(tx, { agent_id, step, type: "updated", at, metadata: { project: name, from, to } })
        }
        return new_name ?? name
      }),

    /** Deletes a project, and records who did so and what it was. */
    remove: (tx: Transaction, { force, name }: DeleteProject, agent_id: string) =>
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
        yield* deleting.begin(tx, id)
        const deleted = { name, ...counted, claims: held.length } as DeletedProject
        const { at } = yield* tx.now
        const { name: project, ...amounts } = deleted
        const metadata = { project, project_id: id, ...amounts, ...(force === true ? { forced: true } : {}) }
        yield* record(tx, { agent_id, step: { id: null, project_id: null }, type: "deleted", at, metadata })
        return deleted
      })
  }
})
