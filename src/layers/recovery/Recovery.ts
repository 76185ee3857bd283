import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { Step } from "../../domain/Entities.ts"
import { alive, isAlive, notAllowed } from "../../domain/Fence.ts"
import type { AgentId, StepId } from "../../domain/Ids.ts"
import { type Action, allows } from "../../domain/Lifecycle.ts"
import { isLive } from "../../domain/Status.ts"
import { ClaimMemory } from "../../services/ClaimMemory.ts"
import { Recovery } from "../../services/Recovery.ts"
import { Session } from "../../services/Session.ts"
import { Settings } from "../../services/Settings.ts"
import { lookup } from "../plan/lookup.ts"
import * as cursor from "../store/cursor.ts"
import { actorOf, recordEvent } from "../store/events.ts"
import { archive, blocking, clear, from, live, reset, stepColumns, to } from "../store/fragments.ts"
import * as rows from "../store/rows.ts"
import { Store, type Transaction } from "../store/Store.ts"
import type { Time } from "../store/time.ts"
import { withSpan } from "../store/withSpan.ts"
import { sweep } from "./sweep.ts"

const defaultTimeout = Duration.toMinutes("15 minutes")

/** Steps shown as stale that are remembered at most. */
const shownKept = 10_000

/** How a step is taken: by whom, and why. */
interface Taking {
  readonly agent_id?: AgentId
  readonly force?: boolean
  readonly reason?: string
}

/** Recovery in hq's tables. */
export const layer: Layer.Layer<Recovery, never, Store | ClaimMemory | Session> = Layer.effect(
  Recovery,
  Effect.gen(function* () {
    const store = yield* Store
    const memory = yield* ClaimMemory
    const settings = yield* Settings
    const { sql } = store
    const record = recordEvent(sql)
    const find = lookup(sql)
    const update = (action: Action, more: string) =>
      `UPDATE ${sql.steps} SET status = ${to(action)}, ${reset}, ${more} WHERE id = ? AND status IN ${from(action)} RETURNING ${stepColumns(sql.steps)}`
    const recover = update("recover", "lost_attempts = lost_attempts + 1")
    const recoverFailed = update("recover_failed", clear)
    const release = `UPDATE ${sql.steps} SET status = ${to("release")}, ${reset} WHERE id = ? AND status IN ${from("release")}
      RETURNING ${stepColumns(sql.steps)}`
    const failed = `
      SELECT ${stepColumns("s")} FROM ${sql.steps} s ${sql.indexed("steps_blocking")}
      WHERE project_id = ? AND ${blocking} AND ${sql.unindexed("status")} = 'failed'`
    const keep = archive(sql)
    const silent = `
      SELECT ${stepColumns(sql.steps)} FROM ${sql.steps} WHERE ${live} AND last_heartbeat < ? AND (last_heartbeat, id) > (?, ?)
      ORDER BY last_heartbeat, id LIMIT ?`

    /** The last heartbeat of each step that was shown as stale. */
    const shown = new Map<StepId, string>()

    const show = (steps: ReadonlyArray<Step>) => {
      for (const step of steps) shown.set(step.id, step.last_heartbeat as string)
      for (const id of shown.keys()) {
        if (shown.size <= shownKept) break
        shown.delete(id)
      }
    }

    /** Refuses to take a step from an agent that has just given a sign of life, unless the caller has been shown it as stale. */
    const checkGone = (step: Step, { millis }: Time, force: boolean | undefined) =>
      force !== true && isAlive(step, millis) && step.last_heartbeat !== shown.get(step.id) ? alive(step) : Effect.void

    /** The step, if its status allows the action. */
    const admitted = (tx: Transaction, action: Action, id: StepId) =>
      Effect.gen(function* () {
        const step = yield* find.step(tx, id)
        return allows(action, step.status) ? step : yield* notAllowed(action, step)
      })

    const sessionOf = `SELECT session_id FROM ${sql.steps} WHERE id = ?`

    /** Makes the step claimable again, and records by whom. */
    const makeClaimable = (
      tx: Transaction,
      time: Time,
      { statement, type }: { readonly statement: string; readonly type: "recovered" | "released" },
      step: Step,
      { agent_id, force, reason }: Taking
    ) =>
      Effect.gen(function* () {
        const from = isLive(step.status)
          ? yield* tx.first<Pick<rows.StepRow, "session_id">>(sessionOf, [step.id])
          : undefined
        const row = yield* tx.first<rows.StepRow>(statement, [step.id])
        const metadata = {
          attempt: step.attempt,
          from_status: step.status,
          from_agent: step.agent_id,
          from_session: from?.session_id ?? undefined,
          ...(force === true ? { forced: true } : {}),
          reason
        }
        const by = actorOf(agent_id, memory, step.agent_id)
        yield* record(tx, { agent_id: by, step, type, at: time.at, metadata })
        return rows.step(row as rows.StepRow)
      })

    return Recovery.of({
      detectStale: withSpan("Recovery.detectStale")(
        Effect.fnUntraced(function* (request) {
          const [heartbeat, id] = yield* cursor.decode("stale", request.cursor, ["", 0] as readonly [string, number])
          const timeout = Duration.minutes(request.timeout_minutes ?? defaultTimeout)
          const found = yield* store.read((tx) =>
            Effect.flatMap(tx.now, (time) =>
              tx.all<rows.StepRow>(silent, [time.ago(timeout), heartbeat, id, cursor.wanted(request)])
            )
          )
          const page = cursor.page("stale", request, found, rows.step, (row) => [row.last_heartbeat as string, row.id])
          show(page.entries)
          return { steps: page.entries, ...page.next }
        })
      ),
      recover: withSpan("Recovery.recover")((request) =>
        store.write((tx) =>
          Effect.gen(function* () {
            const step = yield* admitted(tx, "recover", request.step_id)
            const time = yield* tx.now
            yield* checkGone(step, time, request.force)
            return yield* makeClaimable(tx, time, { statement: recover, type: "recovered" }, step, request)
          })
        )
      ),
      release: withSpan("Recovery.release")((request) =>
        store.write((tx) =>
          Effect.gen(function* () {
            const step = yield* admitted(tx, "release", request.step_id)
            const time = yield* tx.now
            yield* checkGone(step, time, request.force)
            return yield* makeClaimable(tx, time, { statement: release, type: "released" }, step, request)
          })
        )
      ),
      failed: withSpan("Recovery.failed")(({ project }) =>
        store.read((tx) =>
          Effect.flatMap(find.project(tx, project), ({ id }) =>
            Effect.map(tx.all<rows.StepRow>(failed, [id]), (found) =>
              found.map(rows.step).sort((a, b) => a.step_num - b.step_num)
            )
          )
        )
      ),
      recoverFailed: withSpan("Recovery.recoverFailed")((request) =>
        store.write((tx) =>
          Effect.gen(function* () {
            const step = yield* admitted(tx, "recover_failed", request.step_id)
            const time = yield* tx.now
            yield* tx.all(keep, [time.at, request.step_id])
            return yield* makeClaimable(tx, time, { statement: recoverFailed, type: "recovered" }, step, request)
          })
        )
      ),
      sweep: withSpan("Recovery.sweep")(sweep(store, yield* Session, settings))
    })
  })
)
