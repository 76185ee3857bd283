import type { SqlError } from "@effect/sql/SqlError"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type { Step } from "../../domain/Entities.ts"
import type { Conflict, NotFound } from "../../domain/Errors.ts"
import { type Caller, heldElsewhere, isOf, refusal, type Unknown } from "../../domain/Fence.ts"
import { hasAbsolute, inWorktree } from "../../domain/Files.ts"
import type { StepId } from "../../domain/Ids.ts"
import { type Action, transitions } from "../../domain/Lifecycle.ts"
import type { CompleteStep, FailStep, Heartbeat, ReleaseStep, StartStep } from "../../domain/Requests.ts"
import { type EventType, isLive } from "../../domain/Status.ts"
import { lookup } from "../plan/lookup.ts"
import { recordEvent } from "../store/events.ts"
import { from, lastDone, metadata, reset, to } from "../store/fragments.ts"
import type { Parameter } from "../store/Query.ts"
import * as rows from "../store/rows.ts"
import type { Sql } from "../store/Sql.ts"
import type { Transaction } from "../store/Store.ts"
import { type CallerSession, callerValues, isCallers, liveSession } from "../store/sessions.ts"
import type { Time } from "../store/time.ts"
import { completeLate } from "./lateCompletion.ts"

interface Write {
  readonly action: Action
  readonly step_id: StepId
  /** SQL: UPDATE … WHERE id, agent_id, attempt and status match … RETURNING *. */
  readonly update: string
  readonly assigned: ReadonlyArray<Parameter>
  readonly event: EventType
  readonly metadata?: Readonly<Record<string, unknown>>
  /** Whether an earlier call has already done exactly this to the step; then the repeated call succeeds and writes nothing. */
  readonly isSame: (step: Step) => boolean
  /** What else the caller may do if it is not the holder any more. */
  readonly late?: (step: Step, caller: Caller) => Effect.Effect<Step | undefined, SqlError>
}

export type Written = Effect.Effect<Step, NotFound | Conflict | SqlError>

/** Writes of a holder to its step. One conditional UPDATE decides; only if it hits nothing is the step read, to say why. */
export const holderWrites = (sql: Sql, session: CallerSession, staleAfter: Duration.Duration) => {
  const record = recordEvent(sql)
  const late = completeLate(sql)
  const sessionOf = liveSession(sql)
  const find = lookup(sql)
  // The session that writes holds the step from now on, and no other one renews its lease.
  const through = "session_id = ?"
  const renewed = `lease_expires_at = ${sql.greatest("lease_expires_at", "?")}`
  const update = (action: Action, assignments: string) =>
    `UPDATE ${sql.steps} SET ${assignments} WHERE id = ? AND agent_id = ? AND attempt = coalesce(?, attempt)
     AND (attempt = ? OR ${isCallers(sql, `${sql.steps}.session_id`)}) AND status IN ${from(action)} RETURNING *`
  const start = update(
    "start",
    `${through}, status = ${to("start")}, worktree = ?, started_at = ?, last_heartbeat = ?, ${renewed}`
  )
  const heartbeat = update("heartbeat", `${through}, last_heartbeat = ?, ${renewed}`)
  const complete = update(
    "complete",
    `${through}, status = ${to("complete")}, last_commit = ?, files_modified = ?, notes = ?, completed_at = ?, lease_expires_at = NULL`
  )
  const fail = update("fail", `${through}, status = ${to("fail")}, notes = ?, lease_expires_at = NULL`)
  const release = update("release", `status = ${to("release")}, ${reset}`)
  const released = `
    SELECT 1 FROM ${sql.agent_events} WHERE event_type = 'released' AND agent_id = ? AND ${metadata(sql, "attempt", "integer")} = ?
      AND id = (${lastDone(sql)})`

  // A step that was recovered has no worktree any more: its agent may complete it late.
  const worktreeOf = `
    SELECT coalesce(worktree, (SELECT ${metadata(sql, "worktree")} FROM ${sql.agent_events}
      WHERE step_id = ${sql.steps}.id AND event_type = 'started' ORDER BY id DESC LIMIT 1)) AS worktree
    FROM ${sql.steps} WHERE id = ?`

  /** The answer if the UPDATE hit nothing: an earlier call has done it, or the caller may not. */
  const refuse = (tx: Transaction, caller: Caller | Unknown, work: Write): Written =>
    Effect.gen(function* () {
      const { action, step_id } = work
      const step = yield* find.step(tx, step_id)
      if (typeof caller === "object") {
        if (isOf(step, caller) && step.status === transitions[action].to && work.isSame(step)) return step
        const late = yield* work.late?.(step, caller) ?? Effect.succeed(undefined)
        if (late !== undefined) return late
        if (isLive(step.status) && isOf(step, caller) && !caller.isProven) {
          const other = yield* sessionOf(tx, step_id, session)
          if (other !== undefined) return yield* heldElsewhere(step, other, transitions[action].tool)
        }
      }
      return yield* refusal(action, step, caller)
    })

  const write = (tx: Transaction, time: Time, caller: Caller | Unknown, work: Write): Written =>
    typeof caller === "string"
      ? refuse(tx, caller, work)
      : Effect.flatMap(
          tx.first<rows.StepRow>(work.update, [
            ...work.assigned,
            work.step_id,
            caller.agent_id,
            caller.attempt ?? null,
            caller.isProven ? (caller.attempt ?? null) : null,
            ...callerValues(session, time)
          ]),
          (row) => {
            if (row === undefined) return refuse(tx, caller, work)
            const metadata = { attempt: row.attempt, ...work.metadata }
            const event = { agent_id: caller.agent_id, step: row, type: work.event, at: time.at, metadata }
            return Effect.map(record(tx, event), () => rows.step(row))
          }
        )

  const timed =
    <Request>(work: (request: Request, time: Time, tx: Transaction) => Write) =>
    (tx: Transaction, request: Request, caller: Caller | Unknown): Written =>
      Effect.flatMap(tx.now, (time) => write(tx, time, caller, work(request, time, tx)))

  /** The request with the files of the step's worktree relative to it. */
  const withRelativeFiles = (tx: Transaction, request: CompleteStep): Effect.Effect<CompleteStep, SqlError> => {
    const { files_modified: files, step_id } = request
    if (files === undefined || !hasAbsolute(files)) return Effect.succeed(request)
    return Effect.map(tx.first<{ worktree: string | null }>(worktreeOf, [step_id]), (row) => {
      const worktree = row?.worktree
      if (typeof worktree !== "string") return request
      return { ...request, files_modified: files.map((file) => inWorktree(file, worktree)) }
    })
  }

  const completeStep = timed((request: CompleteStep, time, tx) => {
    const files = request.files_modified === undefined ? null : JSON.stringify(request.files_modified)
    return {
      action: "complete",
      step_id: request.step_id,
      update: complete,
      assigned: [session.id, request.commit_hash, files, request.notes ?? null, time.at],
      event: "completed",
      metadata: { commit_hash: request.commit_hash },
      isSame: (step) =>
        request.commit_hash === step.last_commit &&
        request.notes === step.notes &&
        files === (step.files_modified === undefined ? null : JSON.stringify(step.files_modified)),
      late: (step, caller) => late(tx, { step, caller, session, request, files, time })
    }
  })

  return {
    start: timed((request: StartStep, time) => ({
      action: "start",
      step_id: request.step_id,
      update: start,
      assigned: [session.id, request.worktree ?? null, time.at, time.at, time.in(staleAfter)],
      event: "started",
      metadata: { worktree: request.worktree },
      isSame: (step) => request.worktree === undefined || request.worktree === step.worktree
    })),

    heartbeat: timed((request: Heartbeat, time) => ({
      action: "heartbeat",
      step_id: request.step_id,
      update: heartbeat,
      assigned: [session.id, time.at, time.in(staleAfter)],
      event: "heartbeat",
      isSame: () => false
    })),

    complete: (tx: Transaction, request: CompleteStep, caller: Caller | Unknown): Written =>
      Effect.flatMap(withRelativeFiles(tx, request), (request) => completeStep(tx, request, caller)),

    fail: timed((request: FailStep) => ({
      action: "fail",
      step_id: request.step_id,
      update: fail,
      assigned: [session.id, request.reason],
      event: "failed",
      metadata: { reason: request.reason },
      isSame: (step) => request.reason === step.notes
    })),

    release: timed((request: ReleaseStep, _, tx) => ({
      action: "release",
      step_id: request.step_id,
      update: release,
      assigned: [],
      event: "released",
      metadata: { reason: request.reason },
      isSame: () => false,
      // A released step has no agent: the events know that the caller released it.
      late: (step, { agent_id, attempt = step.attempt }) =>
        Effect.map(tx.first(released, [agent_id, attempt, step.id]), (found) =>
          found !== undefined && attempt === step.attempt ? step : undefined
        )
    }))
  }
}
