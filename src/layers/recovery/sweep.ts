import * as Effect from "effect/Effect"
import type { Step } from "../../domain/Entities.ts"
import type { SettingsValues } from "../../services/Settings.ts"
import { recordEvent, system } from "../store/events.ts"
import { live, reset, stepColumns, to } from "../store/fragments.ts"
import * as rows from "../store/rows.ts"
import type { Store, Transaction } from "../store/Store.ts"
import type { Time } from "../store/time.ts"

/** Steps or rows that one transaction takes at most, because other writers wait for it. */
const batch = 100

/** A sweep that waited longer than this for the lock, in milliseconds, takes nothing. */
const lockTimeout = 500

/** One pass over the expired leases. Every query is led by an index to just those. */
export const sweep = (store: Store["Type"], { maxAttempts, eventRetention }: SettingsValues) => {
  const { sql } = store
  const record = recordEvent(sql)
  const expired = `${live} AND lease_expires_at <= ?`
  const select = `SELECT ${stepColumns(sql.steps)}, lost_attempts FROM ${sql.steps} WHERE ${expired} ORDER BY lease_expires_at LIMIT ${batch}`
  const isAny = `SELECT 1 FROM ${sql.steps} WHERE ${expired} LIMIT 1`
  const recover = `
    UPDATE ${sql.steps} SET status = ${to("recover")}, lost_attempts = lost_attempts + 1, ${reset}
    WHERE id = ? AND attempt = ? AND ${expired}`
  const fail = `
    UPDATE ${sql.steps} SET status = ${to("fail")}, lost_attempts = lost_attempts + 1, notes = ?, lease_expires_at = NULL
    WHERE id = ? AND attempt = ? AND ${expired}`
  const oldEvents = `SELECT id FROM ${sql.agent_events} WHERE event_type = 'heartbeat' AND timestamp < ? LIMIT ${batch}`
  // A request_id is kept as long as its claim is held.
  const oldRequests = `
    SELECT agent_id, request_id FROM ${sql.claim_requests} r WHERE created_at < ?
      AND NOT EXISTS (SELECT 1 FROM ${sql.steps} s WHERE s.id = r.step_id AND s.attempt = r.attempt AND s.${live})
    LIMIT ${batch}`
  const pruneEvents = `DELETE FROM ${sql.agent_events} WHERE id IN (${oldEvents})`
  const pruneRequests = `DELETE FROM ${sql.claim_requests} WHERE (agent_id, request_id) IN (${oldRequests})`

  const take = (tx: Transaction, time: Time, step: Step, lost: number) =>
    Effect.gen(function* () {
      const from = { attempt: step.attempt, from_status: step.status, from_agent: step.agent_id }
      if (lost < maxAttempts) {
        const reason = `no sign of life until the lease ended at ${step.lease_expires_at}`
        yield* tx.all(recover, [step.id, step.attempt, time.at])
        yield* record(tx, { agent_id: system, step, type: "recovered", at: time.at, metadata: { ...from, reason } })
        return
      }
      const reason = `${lost} attempts were lost, the last by agent "${step.agent_id}": no sign of life until its lease ended at ${step.lease_expires_at}`
      yield* tx.all(fail, [reason, step.id, step.attempt, time.at])
      yield* record(tx, { agent_id: system, step, type: "failed", at: time.at, metadata: { ...from, reason } })
    })

  /** One transaction's worth of expired leases. A first read without the write lock costs next to nothing if there are none. */
  const takeSome = Effect.gen(function* () {
    const time = yield* store.read((tx) =>
      Effect.flatMap(tx.now, (time) =>
        Effect.map(tx.first(isAny, [time.at]), (some) => (some === undefined ? undefined : time))
      )
    )
    if (time === undefined) return []
    return yield* store.write((tx) =>
      Effect.gen(function* () {
        // Whoever kept the lock, or the machine asleep, kept the holders from renewing, too. They come first; the next sweep takes what
        // is left. By the store's clock, because the steady clock stands still while the machine sleeps.
        if ((yield* tx.now).millis - time.millis > lockTimeout) return []
        const found = yield* tx.all<rows.StepRow & { readonly lost_attempts: number }>(select, [time.at])
        const losses = found.map((row) => row.lost_attempts + 1)
        yield* Effect.forEach(found, (row, index) => take(tx, time, rows.step(row), losses[index] as number))
        return losses
      })
    )
  })

  const prune = Effect.gen(function* () {
    const old = (tx: Transaction) => Effect.map(tx.now, (time) => [time.ago(eventRetention)])
    const runOn = (statement: string) => (tx: Transaction) => Effect.flatMap(old(tx), (age) => tx.all(statement, age))
    const requests = yield* store.read(runOn(oldRequests))
    if (requests.length > 0) yield* store.write(runOn(pruneRequests))
    const events = yield* store.read(runOn(oldEvents))
    if (events.length > 0) yield* store.write(runOn(pruneEvents))
    return requests.length === batch || events.length === batch
  })

  return Effect.gen(function* () {
    const total = { recovered: 0, failed: 0 }
    for (let losses = yield* takeSome; losses.length > 0; losses = losses.length < batch ? [] : yield* takeSome) {
      const failed = losses.filter((lost) => lost >= maxAttempts).length
      total.failed += failed
      total.recovered += losses.length - failed
    }
    while (yield* prune);
    return total
  })
}
