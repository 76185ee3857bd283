import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type { SweepOptions, Swept } from "../../services/Recovery.ts"
import type { Session } from "../../services/Session.ts"
import type { SettingsValues } from "../../services/Settings.ts"
import { recordEvent, system } from "../store/events.ts"
import { live, reset, stepColumns, to } from "../store/fragments.ts"
import * as rows from "../store/rows.ts"
import type { Store, Transaction } from "../store/Store.ts"
import { hasEnded } from "../store/sessions.ts"
import type { Time } from "../store/time.ts"
import { clockCheck } from "./clockCheck.ts"
import { futureLeases } from "./futureLeases.ts"
import { longEnded } from "./longEnded.ts"
import { prune } from "./prune.ts"
import { type Sweeps, sweepRecord } from "./sweepRecord.ts"

/** Steps that one transaction takes at most, because other writers wait for it. */
const batch = 100

/** A sweep that stood still for longer than this, in milliseconds, takes nothing. */
const stillTimeout = 500

interface ExpiredRow extends rows.StepRow {
  readonly lost_attempts: number
  readonly has_ended: number
}

const offText = (ahead: number): string =>
  `the clock of this process is ${Math.round(Math.abs(ahead) / 1000)} seconds ${ahead > 0 ? "ahead of" : "behind"} that of other hq processes: it takes nobody's step until they agree`

/** One pass over the expired leases. Every query is led by an index to just those. */
export const sweep = (store: Store["Type"], session: Session["Type"], settings: SettingsValues) => {
  const { sql } = store
  const { maxAttempts } = settings
  const isScheduled = Duration.isFinite(settings.sweepEvery)
  const record = recordEvent(sql)
  const recordSweep = sweepRecord(store, settings)
  const pruneOld = prune(store, settings)
  const check = clockCheck(store, session, settings)
  const lookAtLongEnded = longEnded(store, settings)
  const bringBack = futureLeases(store, settings)
  let isOff = false
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

  /**
   * One transaction's worth of expired leases, and when that was. A first read without the write lock costs next to nothing if there
   * are none. @param since when this process was last known to be awake, in milliseconds since 1970
   */
  const takeSome = (
    sweeps: Sweeps,
    which: typeof ofAll,
    since: number,
    mayLive: (row: ExpiredRow, time: Time) => boolean
  ) =>
    Effect.gen(function* () {
      const time = yield* store.read((tx) =>
        Effect.flatMap(tx.now, (time) =>
          Effect.map(tx.first(which.isAny, [time.at]), (some) => (some === undefined ? undefined : time))
        )
      )
      if (time === undefined) return { taken: [], since }
      return yield* store.write((tx) =>
        Effect.gen(function* () {
          // Whoever kept the lock, or the machine asleep, kept the holders from renewing, too. They come first; the next sweep takes what
          // is left. By the store's clock, because the steady clock stands still while the machine sleeps.
          const { millis } = yield* tx.now
          if (millis - since > stillTimeout) return { taken: [], since }
          const expiredNow = yield* tx.all<ExpiredRow>(which.select, [time.at])
          const found = expiredNow.filter((row) => row.has_ended !== 0 || !mayLive(row, time))
          return { taken: yield* Effect.forEach(found, (row) => take(tx, time, row, sweeps)), since: millis }
        })
      )
    })

  return ({ isWaking }: SweepOptions = {}) =>
    Effect.gen(function* () {
      const { ahead, at, isFirst } = yield* check
      const wasOff = isOff
      isOff = ahead !== undefined
      if (ahead !== undefined) {
        if (!wasOff) yield* Effect.logWarning(offText(ahead))
        return { recovered: 0, failed: 0, isSparing: true } satisfies Swept
      }
      // Asked after the clock was read: a sleep from here on shows as a jump of the clock.
      const justWoke = isWaking !== undefined && (yield* isWaking)
      // Whoever sweeps but once, by hand, has no earlier look to compare with.
      const mayLive = isWaking === undefined ? () => false : yield* lookAtLongEnded
      const sweeps = yield* recordSweep
      const isSparing = justWoke || sweeps.isResuming
      if (!isSparing && !isFirst) yield* bringBack
      let [recovered, failed, since, isMore] = [0, 0, at, true]
      while (isMore) {
        const some = yield* takeSome(sweeps, isSparing ? ofEnded : ofAll, since, mayLive)
        const lost = some.taken.filter((isFailed) => isFailed).length
        failed += lost
        recovered += some.taken.length - lost
        since = some.since
        isMore = some.taken.length === batch
      }
      // One process at a time: the recorder of the next sweep begins when this one has stopped.
      if (sweeps.isRecorder || !isScheduled) yield* pruneOld
      return { recovered, failed, isSparing } satisfies Swept
    })
}
