import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { canonicalName } from "../../domain/Names.ts"
import { limits } from "../../domain/Text.ts"
import { type CompletionResult, Completions } from "../../services/Completions.ts"
import { deleted } from "../plan/deletion.ts"
import { live } from "../store/fragments.ts"
import { Store } from "../store/Store.ts"
import { withSpan } from "../store/withSpan.ts"

/** Candidates that are read at most: some milliseconds, however large the database. */
const most = 10_000

/** MCP takes at most so many in one answer. */
const shown = 100

const matching = (candidates: ReadonlyArray<string>, fits: (candidate: string) => boolean): CompletionResult => {
  const found = candidates.filter(fits)
  const isAll = candidates.length < most
  return {
    values: found.slice(0, shown),
    ...(isAll ? { total: found.length } : {}),
    hasMore: !isAll || found.length > shown
  }
}

/** LIKE pattern for texts with that prefix. Its end is open after the first non-ASCII character, because LIKE folds ASCII case only. */
const beginning = (prefix: string): string => {
  const [ascii] = /^[ -~]*/.exec(prefix.slice(0, limits.name)) as RegExpExecArray
  return `${ascii.replace(/[\\%_]/g, "\\$&")}%`
}

/** Names and ids in hq's tables. */
export const layer: Layer.Layer<Completions, never, Store> = Layer.effect(
  Completions,
  Effect.gen(function* () {
    const store = yield* Store
    const { sql } = store
    const names = `SELECT name FROM ${sql.projects} WHERE ${sql.like("name", "?")} AND status <> ${deleted} ORDER BY priority DESC, id DESC LIMIT ${most}`
    // By agent, so that the engine takes the index of held steps.
    const held = `SELECT id FROM ${sql.steps} WHERE ${live} AND agent_id > '' LIMIT ${most}`
    const ofProject = `
      SELECT s.id FROM ${sql.projects} p JOIN ${sql.steps} s ON s.project_id = p.id WHERE p.name = ?
      ORDER BY s.step_num LIMIT ${most}`
    const all = `SELECT ${sql.jsonArrayOf("name")} AS names FROM (SELECT name FROM ${sql.projects} WHERE status <> ${deleted} ORDER BY name) sorted`

    const stored = {
      project: `SELECT 1 FROM ${sql.projects} WHERE name = ? AND status <> ${deleted}`,
      agent: `
        SELECT 1 FROM ${sql.items("?", "given", "text")} WHERE EXISTS (SELECT 1 FROM ${sql.agent_events} WHERE agent_id = given.value)
          OR EXISTS (SELECT 1 FROM ${sql.steps} WHERE ${live} AND agent_id = given.value)`
    }

    return Completions.of({
      spelling: withSpan("Completions.spelling")((kind, given) => {
        const canonical = canonicalName(given)
        if (canonical === given) return Effect.succeed(given)
        const value = kind === "agent" ? JSON.stringify([given]) : given
        return Effect.map(
          store.read((tx) => tx.first(stored[kind], [value])),
          (row) => (row === undefined ? canonical : given)
        )
      }),

      projects: withSpan("Completions.projects")((prefix) =>
        Effect.map(
          store.read((tx) => tx.all<{ name: string }>(names, [beginning(prefix)])),
          (rows) => {
            const wanted = prefix.toLowerCase()
            return matching(
              rows.map(({ name }) => name),
              (name) => name.toLowerCase().startsWith(wanted)
            )
          }
        )
      ),
      steps: withSpan("Completions.steps")((prefix, project) =>
        Effect.map(
          store.read((tx) =>
            project === undefined ? tx.all<{ id: number }>(held, []) : tx.all<{ id: number }>(ofProject, [project])
          ),
          (rows) =>
            matching(
              rows.map(({ id }) => String(id)),
              (id) => id.startsWith(prefix)
            )
        )
      ),
      projectSet: Effect.map(
        store.read((tx) => tx.first<{ names: string }>(all, [])),
        (row) => row?.names ?? ""
      )
    })
  })
)
