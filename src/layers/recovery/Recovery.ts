import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { Step } from "../../domain/Entities.ts"
import { alive, notAllowed } from "../../domain/Fence.ts"
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
import { archive, clear, from, live, reset, stepColumns, to } from "../store/fragments.ts"
import * as rows from "../store/rows.ts"
import { Store, type Transaction } from "../store/Store.ts"
import type { Time } from "../store/time.ts"
import { withSpan } from "../store/withSpan.ts"
import { sweep } from "./sweep.ts"

const defaultTimeout = Duration.toMinutes("15 minutes")

/** A holder that gave a sign of life within this time keeps its step, unless recovery is forced. */
const aliveFor = Duration.minutes(1)

/** Steps shown as stale that are remembered at most. */
const shownKept = 10_000

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

    const isAlive = (step: Step, time: Time) =>
      step.last_heartbeat !== undefined &&
      step.last_heartbeat > time.ago(aliveFor) &&
      step.last_heartbeat !== shown.get(step.id)

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
      statement: string,
      step: Step,
      { agent_id, force }: { readonly agent_id?: AgentId; readonly force?: boolean }
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
          ...(force === true ? { forced: true } : {})
        }
        const by = actorOf(agent_id, memory, step.agent_id)
        yield* record(tx, { agent_id: by, step, type: "recovered", at: time.at, metadata })
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
            if (request.force === true || !isAlive(step, time)) {
              return yield* makeClaimable(tx, time, recover, step, request)
            }
            return yield* alive(step)
          })
        )
      ),
      recoverFailed: withSpan("Recovery.recoverFailed")((request) =>
        store.write((tx) =>
          Effect.gen(function* () {
            const step = yield* admitted(tx, "recover_failed", request.step_id)
            const time = yield* tx.now
            yield* tx.all(keep, [time.at, request.step_id])
            return yield* makeClaimable(tx, time, recoverFailed, step, request)
          })
        )
      ),
      sweep: withSpan("Recovery.sweep")(sweep(store, yield* Session, settings))
    })
  })
)
