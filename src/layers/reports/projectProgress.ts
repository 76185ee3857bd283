import type { SqlError } from "@effect/sql/SqlError"
import * as Effect from "effect/Effect"
import type { Need, ProjectProgress, Remaining, StepAtWork } from "../../domain/answers/Overviews.ts"
import { remainingMinutes } from "../../domain/plan/RemainingTime.ts"
import { isLive } from "../../domain/Status.ts"
import { failedBlockers } from "../plan/failedBlockers.ts"
import { blocking, hasDependents, isReady, projectWithCounts } from "../store/fragments.ts"
import * as rows from "../store/rows.ts"
import { perStore } from "../store/Sql.ts"
import type { Transaction } from "../store/Store.ts"
import { type Time, timestamp } from "../store/time.ts"
import { type AtWorkRow, atWorkColumns, stepAtWork } from "./atWork.ts"

/** Held and failed steps of a project that are read at most, and completed ones that wait for their merge. */
const maxRead = 200

/** Characters of a failure's reason. */
const maxWhy = 300

/** A project, and what its steps without an estimate count as. */
export interface WeighedProjectRow extends rows.ProjectRow {
  readonly default_minutes: number
  readonly estimated_steps: number
}

type BlockingRow = AtWorkRow &
  Record<"notes" | "branch" | "failed_at", string | null> & {
    readonly status: "claimed" | "in_progress" | "failed"
    readonly estimate_minutes: number | null
    readonly tail_minutes: number
    readonly lost_attempts: number
  }

type UnmergedRow = Record<"step_id" | "step_num" | "title" | "branch" | "agent_id" | "since", unknown>

export interface Progress {
  readonly progress: ProjectProgress
  readonly needs: ReadonlyArray<Need>
  readonly atWork: ReadonlyArray<StepAtWork>
}

export interface ProgressOptions {
  readonly now: Time
  /** ISO-8601; a client renews three times in that time. */
  readonly goneBefore: string
  /** HQ_MAX_ATTEMPTS */
  readonly maxAttempts: number
}

/** SQL of the columns of `WeighedProjectRow`. */
export const weighedProject = perStore((sql) => `${projectWithCounts(sql)}, p.default_minutes, p.estimated_steps`)

/** Finds how far a project is and what it waits for. Led by partial indexes to what is held, failed, ready or not merged. */
export const projectProgress = perStore((sql) => {
  const lastEvent = (step: string, type: string) =>
    `(SELECT timestamp FROM ${sql.agent_events} WHERE step_id = ${step} AND event_type = '${type}' ORDER BY id DESC LIMIT 1)`
  const begun = `
    SELECT ${atWorkColumns(sql, "s")}, s.estimate_minutes, s.tail_minutes, s.lost_attempts, s.branch,
      CASE WHEN s.status = 'failed' THEN substr(s.notes, 1, ${maxWhy}) END AS notes,
      CASE WHEN s.status = 'failed' THEN ${lastEvent("s.id", "failed")} END AS failed_at
    FROM ${sql.steps} s ${sql.indexed("steps_blocking")}
    WHERE s.project_id = ? AND s.${blocking} ORDER BY s.tail_minutes DESC LIMIT ${maxRead}`
  const ready = `
    SELECT count(*) AS n, coalesce(max(tail_minutes), 0) AS tail FROM ${sql.steps} r ${sql.indexed("steps_ready")}
    WHERE r.project_id = ? AND ${isReady("r")}`
  const ofUnmerged = `FROM ${sql.steps} c ${sql.indexed("steps_unmerged")}`
  const unmerged = `
    SELECT c.id AS step_id, c.step_num, c.title, c.branch, c.agent_id, c.completed_at AS since ${ofUnmerged}
    WHERE c.project_id = ? AND c.status = 'completed' AND ${hasDependents(sql, "c.id")}
    ORDER BY c.completed_at NULLS FIRST LIMIT ${maxRead}`
  const tailOfUnmerged = `
    SELECT coalesce(max(w.tail_minutes), 0) AS tail ${ofUnmerged}
    ${sql.join} ${sql.dependencies} d ON d.depends_on_step_id = c.id ${sql.join} ${sql.steps} w ON w.id = d.step_id
    WHERE c.project_id = ? AND c.status = 'completed' AND w.status = 'not_started'`
  const lastOf = (more = "") =>
    `SELECT timestamp FROM ${sql.agent_events} WHERE project_id = ? ${more} ORDER BY id DESC LIMIT 1`
  const last = lastOf()
  const status = sql.ifJson("metadata", sql.field(sql.field("metadata", "to", "json"), "status", "text"))
  const paused = lastOf(`AND event_type = 'updated' AND ${status} = 'paused'`)
  const failedOf = failedBlockers(sql)

  return (
    tx: Transaction,
    row: WeighedProjectRow,
    { goneBefore, maxAttempts, now }: ProgressOptions
  ): Effect.Effect<Progress, SqlError> =>
    Effect.gen(function* () {
      const project = rows.project(row)
      const { name, step_counts } = project
      const since = (statement: string) =>
        Effect.map(tx.first<{ timestamp: string }>(statement, [row.id]), (found) =>
          found === undefined ? {} : { since: found.timestamp as Need["since"] }
        )
      const found = yield* tx.all<BlockingRow>(begun, [row.id])
      const open = (yield* tx.first<{ n: number; tail: number }>(ready, [row.id])) as { n: number; tail: number }
      const isMerging = row.unblock_on === "merged" && (step_counts.completed ?? 0) > 0
      const merges = isMerging ? yield* tx.all<UnmergedRow>(unmerged, [row.id]) : []
      const behind = isMerging ? yield* tx.first<{ tail: number }>(tailOfUnmerged, [row.id]) : undefined
      const blocks = new Map((yield* failedOf(tx, project)).map((one) => [one.step_id as number, one.blocks_count]))

      const held = found.filter((one) => isLive(one.status))
      const failed = found.filter((one) => one.status === "failed")
      const atWork = held
        .map((one) => stepAtWork({ ...one, project: name }, now.at, goneBefore))
        .sort((a, b) => String(a.last_heartbeat).localeCompare(String(b.last_heartbeat)) || a.step_id - b.step_id)
      const needOf = (kind: Need["kind"], one: object, more: Partial<Need>): Need =>
        ({
          kind,
          project: name,
          ...rows.present(one, ["step_id", "step_num", "title", "agent_id", "branch"]),
          ...more
        }) as Need
      const optional = <A>(key: string, value: A | null | undefined) => (value == null ? {} : { [key]: value })
      const needs = [
        ...failed
          .map((one) =>
            needOf(one.lost_attempts >= maxAttempts ? "out_of_attempts" : "failed", one, {
              ...optional("since", one.failed_at),
              ...optional("why", one.notes),
              ...optional("blocks_count", blocks.get(one.step_id))
            })
          )
          .sort((a, b) => (b.blocks_count ?? 0) - (a.blocks_count ?? 0)),
        ...atWork
          .filter(({ liveness }) => liveness === "silent")
          .map((one) => needOf("silent", one, optional("since", one.last_heartbeat ?? one.claimed_at))),
        ...merges.map((one) => needOf("unmerged", one, optional("since", one.since)))
      ]
      const left = project.total_steps - (step_counts.completed ?? 0) - (step_counts.merged ?? 0)
      const blocked = (step_counts.not_started ?? 0) - open.n
      const live = (step_counts.claimed ?? 0) + (step_counts.in_progress ?? 0)
      if (project.status === "paused" && left > 0) needs.push(needOf("paused", {}, yield* since(paused)))
      else if (project.status === "active" && blocked > 0 && open.n + live === 0 && needs.length === 0) {
        needs.push(needOf("stuck", {}, yield* since(last)))
      }

      const tails = found.map((one) => ({
        estimate: one.estimate_minutes ?? row.default_minutes,
        tail: one.tail_minutes,
        elapsed:
          one.status === "failed" || one.claimed_at === null ? 0 : (now.millis - Date.parse(one.claimed_at)) / 60_000
      }))
      const waiting = Math.max(open.tail, behind?.tail ?? 0)
      const remaining = (): Remaining => {
        // Without estimates each step weighs the same, and tells nothing of time.
        if (row.estimated_steps === 0) {
          const longest = tails.reduce((most, { tail }) => Math.max(most, tail), waiting)
          return { chain: Math.round(longest / row.default_minutes) }
        }
        const minutes = remainingMinutes(tails, waiting)
        return { minutes, end_at: timestamp(now.millis + 60_000 * minutes) }
      }
      return {
        progress: { project, ready: open.n, blocked, ...(left > 0 ? { remaining: remaining() } : {}) },
        needs,
        atWork
      }
    })
})
