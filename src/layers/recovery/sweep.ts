import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type { SweepOptions, Swept } from "../../services/Recovery.ts"
import type { SettingsValues } from "../../services/Settings.ts"
import { recordEvent, system } from "../store/events.ts"
import { live, reset, stepColumns, to } from "../store/fragments.ts"
import * as rows from "../store/rows.ts"
import type { Store, Transaction } from "../store/Store.ts"
import { hasEnded } from "../store/sessions.ts"
import type { Time } from "../store/time.ts"
import { prune } from "./prune.ts"
import { type Sweeps, sweepRecord } from "./sweepRecord.ts"

/** Steps that one transaction takes at most, because other writers wait for it. */
const batch = 100

/** A sweep that waited longer than this for the lock, in milliseconds, takes nothing. */
const lockTimeout = 500

interface ExpiredRow extends rows.StepRow {
  readonly lost_attempts: number
  readonly has_ended: number
}

/** One pass over the expired leases. Every query is led by an index to just those. */
export const sweep = (store: Store["Type"], settings: SettingsValues) => {
  const { sql } = store
  const { maxAttempts } = settings
  const isScheduled = Duration.isFinite(settings.sweepEvery)
  const record = recordEvent(sql)
  const recordSweep = sweepRecord(store, settings)
  const pruneOld = prune(store, settings)
  const ended = hasEnded(sql, `${sql.steps}.session_id`)
  const expired = `${live} AND lease_expires_at <= ?`
  const isAny = (more: string) => `SELECT 1 FROM ${sql.steps} WHERE ${expired} ${more} LIMIT 1`
  const select = (more: string) => `
    SELECT ${stepColumns(sql.steps)}, session_id, lost_attempts, CASE WHEN ${ended} THEN 1 ELSE 0 END AS has_ended FROM ${sql.steps}
    WHERE ${expired} ${more} ORDER BY lease_expires_at LIMIT ${batch}`
  const ofAll = { isAny: isAny(""), select: select("") }
  const ofEnded = { isAny: isAny(`AND ${ended}`), select: select(`AND ${ended}`) }
  const recover = `
    UPDATE ${sql.steps} SET status = ${to("recover")}, lost_attempts = ?, ${reset} WHERE id = ? AND attempt = ? AND ${expired}`
  const fail = `
    UPDATE ${sql.steps} SET status = ${to("fail")}, lost_attempts = ?, notes = ?, lease_expires_at = NULL
    WHERE id = ? AND attempt = ? AND ${expired}`

  /** Takes a step from its holder. Returns whether it has failed for good. */
  const take = (tx: Transaction, time: Time, row: ExpiredRow, { resumedAt }: Sweeps) =>
    Effect.gen(function* () {
      const step = rows.step(row)
      const { attempt, lease_expires_at } = step
      // While nobody swept, its holder may have been asleep, too.
      const isExcused = row.has_ended === 0 && resumedAt !== undefined && String(lease_expires_at) <= resumedAt
      const lost = isExcused ? row.lost_attempts : row.lost_attempts + 1
      const isFailed = !isExcused && lost >= maxAttempts
      const from = {
        attempt,
        from_status: step.status,
        from_agent: step.agent_id,
        from_session: row.session_id ?? undefined
      }
      const reason = isFailed
        ? `${lost} attempts were lost, the last by agent "${step.agent_id}": no sign of life until its lease ended at ${lease_expires_at}`
        : `no sign of life until the lease ended at ${lease_expires_at}`
      if (isFailed) yield* tx.all(fail, [lost, reason, step.id, attempt, time.at])
      else yield* tx.all(recover, [lost, step.id, attempt, time.at])
      const type = isFailed ? "failed" : "recovered"
      yield* record(tx, { agent_id: system, step, type, at: time.at, metadata: { ...from, reason } })
      return isFailed
    })

  /** One transaction's worth of expired leases. A first read without the write lock costs next to nothing if there are none. */
  const takeSome = (sweeps: Sweeps, which: typeof ofAll) =>
    Effect.gen(function* () {
      const time = yield* store.read((tx) =>
        Effect.flatMap(tx.now, (time) =>
          Effect.map(tx.first(which.isAny, [time.at]), (some) => (some === undefined ? undefined : time))
        )
      )
      if (time === undefined) return []
      return yield* store.write((tx) =>
        Effect.gen(function* () {
          // Whoever kept the lock, or the machine asleep, kept the holders from renewing, too. They come first; the next sweep takes what
          // is left. By the store's clock, because the steady clock stands still while the machine sleeps.
          if ((yield* tx.now).millis - time.millis > lockTimeout) return []
          const found = yield* tx.all<ExpiredRow>(which.select, [time.at])
          return yield* Effect.forEach(found, (row) => take(tx, time, row, sweeps))
        })
      )
    })

  return ({ isWaking = false }: SweepOptions = {}) =>
    Effect.gen(function* () {
      const sweeps = yield* recordSweep
      const isSparing = isWaking || sweeps.isResuming
      const takeNext = takeSome(sweeps, isSparing ? ofEnded : ofAll)
      let [recovered, failed] = [0, 0]
      for (let taken = yield* takeNext; taken.length > 0; taken = taken.length < batch ? [] : yield* takeNext) {
        const lost = taken.filter((isFailed) => isFailed).length
        failed += lost
        recovered += taken.length - lost
      }
      // One process at a time: the recorder of the next sweep begins when this one has stopped.
      if (sweeps.isRecorder || !isScheduled) yield* pruneOld
      return { recovered, failed, isSparing } satisfies Swept
    })
}
