import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { Step } from "../../domain/Entities.ts"
import { Conflict, NotFound } from "../../domain/Errors.ts"
import { type Action, advice, allows, transitions } from "../../domain/Lifecycle.ts"
import { Recovery } from "../../services/Recovery.ts"
import * as cursor from "./cursor.ts"
import { Database, type Transaction } from "./Database.ts"
import { recorder, system } from "./events.ts"
import * as rows from "./rows.ts"
import { from, live, to } from "./sqlText.ts"
import { now, timestamp } from "./time.ts"

const defaultTimeout = Duration.toMinutes("15 minutes")

/** Recovery in hq's tables. */
export const layer: Layer.Layer<Recovery, never, Database> = Layer.effect(
  Recovery,
  Effect.gen(function* () {
    const db = yield* Database
    const t = db.tables
    const record = recorder(t)
    const select = `SELECT * FROM ${t.steps} WHERE id = ?`
    const reset = (action: Action, more: string) => `
      UPDATE ${t.steps} SET status = ${to(action)}, agent_id = NULL, worktree = NULL, claimed_at = NULL, started_at = NULL,
        last_heartbeat = NULL, lease_expires_at = NULL ${more}
      WHERE id = ? AND status IN ${from(action)} RETURNING *`
    const recover = reset("recover", "")
    const recoverFailed = reset(
      "recover_failed",
      ", completed_at = NULL, last_commit = NULL, files_modified = NULL, notes = NULL"
    )
    const archive = `
      INSERT INTO ${t.failed_steps_history} (original_step_id, project_id, step_num, branch, scope, worktree, agent_id,
        claimed_at, started_at, failed_at, last_commit, files_modified, notes, archived_at, attempt)
      SELECT id, project_id, step_num, branch, scope, worktree, agent_id, claimed_at, started_at,
        (SELECT timestamp FROM ${t.agent_events} WHERE step_id = s.id AND event_type = 'failed' ORDER BY id DESC LIMIT 1),
        last_commit, files_modified, notes, ?, attempt
      FROM ${t.steps} s WHERE id = ?`
    const silent = `
      SELECT * FROM ${t.steps} WHERE ${live} AND last_heartbeat < ? AND (last_heartbeat, id) > (?, ?)
      ORDER BY last_heartbeat, id LIMIT ?`

    /** The step as it stands, if the action may be done to it. */
    const admitted = (tx: Transaction, action: Action, id: Step["id"]) =>
      Effect.gen(function* () {
        const row = yield* tx.first<rows.StepRow>(select, [id])
        if (row === undefined) return yield* new NotFound({ entity: "step", key: id })
        const step = rows.step(row)
        if (allows(action, step.status)) return step
        return yield* new Conflict({
          step_id: id,
          status: step.status,
          reason: `Step id ${id} is ${step.status}: ${transitions[action].tool} is not allowed.`,
          advice: advice(action, step.status)
        })
      })

    const resetRow = (tx: Transaction, statement: string, id: Step["id"]) =>
      Effect.map(tx.first<rows.StepRow>(statement, [id]), (row) => rows.step(row as rows.StepRow))

    return Recovery.of({
      detectStale: Effect.fn("Recovery.detectStale")(function* (request) {
        const limit = request.limit ?? cursor.defaultLimit
        const [heartbeat, id] = yield* cursor.decode("stale", request.cursor, ["", 0] as readonly [string, number])
        const before = (yield* Clock.currentTimeMillis) - (request.timeout_minutes ?? defaultTimeout) * 60_000
        const found = yield* db.read((tx) =>
          tx.all<rows.StepRow>(silent, [timestamp(before), heartbeat, id, limit + 1])
        )
        const page = cursor.page("stale", found, limit, (row) => [row.last_heartbeat as string, row.id])
        return { steps: page.rows.map(rows.step), ...page.next }
      }),
      recover: Effect.fn("Recovery.recover")(({ step_id }) =>
        db.write((tx) =>
          Effect.gen(function* () {
            const held = yield* admitted(tx, "recover", step_id)
            const { at } = yield* now
            const step = yield* resetRow(tx, recover, step_id)
            const metadata = { attempt: held.attempt, from_status: held.status, from_agent: held.agent_id }
            yield* record(tx, { agent_id: system, step, type: "recovered", at, metadata })
            return step
          })
        )
      ),
      recoverFailed: Effect.fn("Recovery.recoverFailed")(({ step_id }) =>
        db.write((tx) =>
          Effect.gen(function* () {
            const failed = yield* admitted(tx, "recover_failed", step_id)
            const { at } = yield* now
            yield* tx.all(archive, [at, step_id])
            const step = yield* resetRow(tx, recoverFailed, step_id)
            const metadata = { attempt: failed.attempt, from_status: failed.status, from_agent: failed.agent_id }
            yield* record(tx, { agent_id: system, step, type: "recovered", at, metadata })
            return step
          })
        )
      )
    })
  })
)
