import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { Step } from "../../domain/Entities.ts"
import type { SettingsValues } from "../../services/Settings.ts"
import { recorder, system } from "../store/events.ts"
import { live, reset, to } from "../store/fragments.ts"
import * as rows from "../store/rows.ts"
import type { Database, Transaction } from "../store/Store.ts"
import { now, type Time } from "../store/time.ts"

/** Steps or rows that one transaction takes: others' writes wait for no more than that. */
const batch = 100

/** A sweep that waited longer than this for the lock, in milliseconds, takes nothing. */
const patience = 500

/** One pass over what has expired. Every query is led by an index to just that. */
export const sweeping = (db: Database["Type"], { maxAttempts, eventRetention }: SettingsValues) => {
  const t = db.tables
  const record = recorder(t)
  const expired = `${live} AND lease_expires_at <= ?`
  const select = `SELECT *, lost_attempts FROM ${t.steps} WHERE ${expired} ORDER BY lease_expires_at LIMIT ${batch}`
  const isAny = `SELECT 1 FROM ${t.steps} WHERE ${expired} LIMIT 1`
  const recover = `
    UPDATE ${t.steps} SET status = ${to("recover")}, lost_attempts = lost_attempts + 1, ${reset}
    WHERE id = ? AND attempt = ? AND ${expired}`
  const fail = `
    UPDATE ${t.steps} SET status = ${to("fail")}, lost_attempts = lost_attempts + 1, notes = ?, lease_expires_at = NULL
    WHERE id = ? AND attempt = ? AND ${expired}`
  const oldEvents = `SELECT id FROM ${t.agent_events} WHERE event_type = 'heartbeat' AND timestamp < ? LIMIT ${batch}`
  // A request stands for as long as its claim is held.
  const oldRequests = `
    SELECT agent_id, request_id FROM ${t.claim_requests} r WHERE created_at < ?
      AND NOT EXISTS (SELECT 1 FROM ${t.steps} s WHERE s.id = r.step_id AND s.attempt = r.attempt AND s.${live})
    LIMIT ${batch}`
  const pruneEvents = `DELETE FROM ${t.agent_events} WHERE id IN (${oldEvents})`
  const pruneRequests = `DELETE FROM ${t.claim_requests} WHERE (agent_id, request_id) IN (${oldRequests})`

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

  /** A transaction's worth of expired leases; a first look without the write lock costs next to nothing when there are none. */
  const takeSome = Effect.gen(function* () {
    const time = yield* now
    const some = yield* db.read((tx) => tx.first(isAny, [time.at]))
    if (some === undefined) return []
    return yield* db.write((tx) =>
      Effect.gen(function* () {
        // Whoever kept the lock kept the holders from renewing, too: they come first, the next sweep takes what is left.
        if ((yield* Clock.currentTimeMillis) - time.millis > patience) return []
        const found = yield* tx.all<rows.StepRow & { readonly lost_attempts: number }>(select, [time.at])
        const losses = found.map((row) => row.lost_attempts + 1)
        yield* Effect.forEach(found, (row, index) => take(tx, time, rows.step(row), losses[index] as number))
        return losses
      })
    )
  })

  const prune = Effect.gen(function* () {
    const old = [(yield* now).ago(eventRetention)]
    const requests = yield* db.read((tx) => tx.all(oldRequests, old))
    if (requests.length > 0) yield* db.write((tx) => tx.all(pruneRequests, old))
    const events = yield* db.read((tx) => tx.all(oldEvents, old))
    if (events.length > 0) yield* db.write((tx) => tx.all(pruneEvents, old))
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
