import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type { Claim, NoWorkReason, StepCounts } from "../../domain/Entities.ts"
import { NotFound } from "../../domain/Errors.ts"
import type { AgentId } from "../../domain/Ids.ts"
import type { ClaimStep } from "../../domain/Requests.ts"
import type { ProjectStatus } from "../../domain/Status.ts"
import type { Database, Transaction } from "./Database.ts"
import { recorder } from "./events.ts"
import * as rows from "./rows.ts"
import { ready, to } from "./sqlText.ts"
import { now } from "./time.ts"

/** When to ask again while others are at work, in seconds. */
const retryAfter = Duration.toSeconds("30 seconds")

/** Why a project has no ready step, from how many steps have each status. */
export const reasonOfNoWork = (status: ProjectStatus, counts: StepCounts): NoWorkReason => {
  if (status === "aborted") return "project_aborted"
  const waiting = counts.not_started ?? 0
  const held = (counts.claimed ?? 0) + (counts.in_progress ?? 0)
  const failed = counts.failed ?? 0
  if (held > 0) return waiting > 0 ? "all_blocked" : "all_claimed"
  if (waiting > 0) return failed > 0 ? "failed_upstream" : "all_blocked"
  return failed > 0 ? "all_failed" : "all_done"
}

/** Where only a person, or recover_failed_step, brings new work, no time to ask again is given. */
const noWork = (reason: NoWorkReason): Claim =>
  reason === "all_blocked" || reason === "all_claimed"
    ? { step: null, reason, retry_after_seconds: retryAfter }
    : { step: null, reason }

/** Claims the next ready step of a project for one lease. */
export const claiming = ({ tables: t }: Database["Type"], staleAfter: Duration.Duration) => {
  const record = recorder(t)
  const claimNext = `
    UPDATE ${t.steps} SET status = ${to("claim")}, agent_id = ?, attempt = attempt + 1,
      claimed_at = ?, last_heartbeat = ?, lease_expires_at = ?
    WHERE id = (
      SELECT s.id FROM ${t.steps} s
      WHERE s.project_id = (SELECT id FROM ${t.projects} WHERE name = ? AND status = 'active') AND ${ready("s")}
      ORDER BY s.step_num LIMIT 1)
    RETURNING *`
  const countsOfProject = `
    SELECT status, (
      SELECT json_group_object(status, n) FROM (
        SELECT status, sum(steps) AS n FROM ${t.step_counts} WHERE project_id = p.id GROUP BY status)
    ) AS step_counts FROM ${t.projects} p WHERE name = ?`

  const explain = (tx: Transaction, project: string) =>
    Effect.gen(function* () {
      const row = yield* tx.first<{ status: ProjectStatus; step_counts: string }>(countsOfProject, [project])
      if (row === undefined) return yield* new NotFound({ entity: "project", key: project })
      return noWork(reasonOfNoWork(row.status, JSON.parse(row.step_counts) as StepCounts))
    })

  return (tx: Transaction, request: ClaimStep) =>
    Effect.gen(function* () {
      const time = yield* now
      const row = yield* tx.first<rows.StepRow>(claimNext, [
        request.agent_id,
        time.at,
        time.at,
        time.in(staleAfter),
        request.project
      ])
      if (row === undefined) return yield* explain(tx, request.project)
      yield* record(tx, {
        agent_id: row.agent_id as AgentId,
        step: row,
        type: "claimed",
        at: time.at,
        metadata: { attempt: row.attempt }
      })
      return { step: rows.step(row) } satisfies Claim
    })
}
