import type { SqlError } from "@effect/sql/SqlError"
import * as Effect from "effect/Effect"
import type { AgentAtWork, StepAtWork, WaitingCall } from "../../domain/answers/Overviews.ts"
import { live } from "../store/fragments.ts"
import * as rows from "../store/rows.ts"
import { perStore } from "../store/Sql.ts"
import type { Transaction } from "../store/Store.ts"
import { type AtWorkRow, atWorkColumns, stepAtWork } from "./atWork.ts"
import type { ProgressOptions } from "./projectProgress.ts"

/** Held steps and waiting calls that are read at most. */
const maxRead = 1000

interface WaiterRow {
  readonly agent_id: string
  readonly project: string | null
  /** JSON array. */
  readonly scopes: string | null
  readonly since: string
  readonly until: string
}

/** The calls that wait for a step, and the agents that wait or work. */
export const agentsAtWork = perStore((sql) => {
  const waiters = `
    SELECT agent_id, project, scopes, since, expires_at AS until FROM ${sql.claim_waiters}
    WHERE expires_at > ? ORDER BY id LIMIT ${maxRead}`
  // By agent, so that the engine takes the index of held steps.
  const held = `
    SELECT ${atWorkColumns(sql, "s")}, p.name AS project FROM ${sql.steps} s ${sql.join} ${sql.projects} p ON p.id = s.project_id
    WHERE s.${live} AND s.agent_id > '' ORDER BY s.agent_id, s.id LIMIT ${maxRead}`
  const completed = `
    SELECT c.agent_id, sum(c.steps) AS n FROM ${sql.items("?", "wanted", "text")}
    ${sql.join} ${sql.agent_counts} c ON c.agent_id = wanted.value GROUP BY c.agent_id`

  const queue = (tx: Transaction, now: string): Effect.Effect<ReadonlyArray<WaitingCall>, SqlError> =>
    Effect.map(tx.all<WaiterRow>(waiters, [now]), (found) =>
      found.map(
        ({ scopes, ...row }, at) =>
          ({
            position: at + 1,
            ...rows.present(row, ["agent_id", "project", "since", "until"]),
            ...(scopes === null ? {} : { scopes: rows.texts(scopes) })
          }) as WaitingCall
      )
    )

  return {
    /** @param now ISO-8601 */
    queue,

    agents: (
      tx: Transaction,
      { goneBefore, now }: Pick<ProgressOptions, "goneBefore" | "now">
    ): Effect.Effect<ReadonlyArray<AgentAtWork>, SqlError> =>
      Effect.gen(function* () {
        const found = new Map<string, { steps: Array<StepAtWork>; waiting?: WaitingCall }>()
        const of = (agent: string) => {
          const known = found.get(agent) ?? { steps: [] }
          found.set(agent, known)
          return known
        }
        for (const row of yield* tx.all<AtWorkRow>(held, [])) {
          of(String(row.agent_id)).steps.push(stepAtWork(row, now.at, goneBefore))
        }
        for (const call of yield* queue(tx, now.at)) of(call.agent_id).waiting ??= call
        const names = [...found.keys()]
        const counts = yield* tx.all<{ agent_id: string; n: number }>(completed, [JSON.stringify(names)])
        const done = new Map(counts.map(({ agent_id, n }) => [agent_id, n]))
        return names
          .sort()
          .map(
            (agent_id) =>
              ({ agent_id, ...found.get(agent_id), completed: done.get(agent_id) ?? 0 }) as object as AgentAtWork
          )
      })
  }
})
