import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type { Step } from "../../domain/Entities.ts"
import { NotFound } from "../../domain/Errors.ts"
import { type Caller, isCallers, refusal } from "../../domain/Fence.ts"
import type { StepId } from "../../domain/Ids.ts"
import { type Action, transitions } from "../../domain/Lifecycle.ts"
import type { CompleteStep, FailStep, Heartbeat, StartStep } from "../../domain/Requests.ts"
import type { EventType } from "../../domain/Status.ts"
import type { Timestamp } from "../../domain/Text.ts"
import type { Database, Parameter, Transaction } from "./Database.ts"
import { recorder } from "./events.ts"
import * as rows from "./rows.ts"
import { from, to } from "./sqlText.ts"
import { now } from "./time.ts"

interface Write {
  readonly action: Action
  readonly step_id: StepId
  readonly caller: Caller | undefined
  /** SQL: UPDATE … WHERE id, agent_id, attempt and status fit … RETURNING *. */
  readonly update: string
  readonly assigned: ReadonlyArray<Parameter>
  readonly event: EventType
  readonly metadata?: Readonly<Record<string, unknown>>
  /** Whether the step already is as this call would make it: then a repeated call succeeds and writes nothing. */
  readonly isDone: (step: Step) => boolean
}

/** What a holder does to its step. One conditional UPDATE decides; only when it hits nothing is the step read, to say why. */
export const holding = ({ tables: t }: Database["Type"], staleAfter: Duration.Duration) => {
  const record = recorder(t)
  const select = `SELECT * FROM ${t.steps} WHERE id = ?`
  const update = (action: Action, assignments: string) =>
    `UPDATE ${t.steps} SET ${assignments} WHERE id = ? AND agent_id = ? AND attempt = coalesce(?, attempt)
     AND status IN ${from(action)} RETURNING *`
  const start = update(
    "start",
    `status = ${to("start")}, worktree = ?, started_at = ?, last_heartbeat = ?, lease_expires_at = ?`
  )
  const heartbeat = update("heartbeat", "last_heartbeat = ?, lease_expires_at = ?")
  const complete = update(
    "complete",
    `status = ${to("complete")}, last_commit = ?, files_modified = ?, notes = ?, completed_at = ?, lease_expires_at = NULL`
  )
  const fail = update("fail", `status = ${to("fail")}, notes = ?, lease_expires_at = NULL`)

  const write = (tx: Transaction, at: Timestamp, work: Write) =>
    Effect.gen(function* () {
      const { action, caller, step_id } = work
      const row =
        caller &&
        (yield* tx.first<rows.StepRow>(work.update, [
          ...work.assigned,
          step_id,
          caller.agent_id,
          caller.attempt ?? null
        ]))
      if (row !== undefined) {
        const metadata = { attempt: row.attempt, ...work.metadata }
        yield* record(tx, { agent_id: row.agent_id as string, step: row, type: work.event, at, metadata })
        return rows.step(row)
      }
      const current = yield* tx.first<rows.StepRow>(select, [step_id])
      if (current === undefined) return yield* new NotFound({ entity: "step", key: step_id })
      const step = rows.step(current)
      const isRepeated = caller !== undefined && isCallers(step, caller) && step.status === transitions[action].to
      if (isRepeated && work.isDone(step)) return step
      return yield* refusal(action, step, caller)
    })

  return {
    start: (tx: Transaction, request: StartStep, caller: Caller | undefined) =>
      Effect.flatMap(now, (time) =>
        write(tx, time.at, {
          action: "start",
          step_id: request.step_id,
          caller,
          update: start,
          assigned: [request.worktree ?? null, time.at, time.at, time.in(staleAfter)],
          event: "started",
          metadata: { worktree: request.worktree },
          isDone: (step) => request.worktree === undefined || request.worktree === step.worktree
        })
      ),
    heartbeat: (tx: Transaction, request: Heartbeat, caller: Caller | undefined) =>
      Effect.flatMap(now, (time) =>
        write(tx, time.at, {
          action: "heartbeat",
          step_id: request.step_id,
          caller,
          update: heartbeat,
          assigned: [time.at, time.in(staleAfter)],
          event: "heartbeat",
          isDone: () => false
        })
      ),
    complete: (tx: Transaction, request: CompleteStep, caller: Caller | undefined) => {
      const files = request.files_modified === undefined ? null : JSON.stringify(request.files_modified)
      return Effect.flatMap(now, (time) =>
        write(tx, time.at, {
          action: "complete",
          step_id: request.step_id,
          caller,
          update: complete,
          assigned: [request.commit_hash, files, request.notes ?? null, time.at],
          event: "completed",
          metadata: { commit_hash: request.commit_hash },
          isDone: (step) =>
            request.commit_hash === step.last_commit &&
            request.notes === step.notes &&
            files === (step.files_modified === undefined ? null : JSON.stringify(step.files_modified))
        })
      )
    },
    fail: (tx: Transaction, request: FailStep, caller: Caller | undefined) =>
      Effect.flatMap(now, (time) =>
        write(tx, time.at, {
          action: "fail",
          step_id: request.step_id,
          caller,
          update: fail,
          assigned: [request.reason],
          event: "failed",
          metadata: { reason: request.reason },
          isDone: (step) => request.reason === step.notes
        })
      )
  }
}
