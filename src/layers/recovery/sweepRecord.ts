import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import { renewalInterval, type SettingsValues } from "../../services/Settings.ts"
import type { Store, Transaction } from "../store/Store.ts"
import type { Time } from "../store/time.ts"

/** What is known of the sweeps of all processes. */
export interface Sweeps {
  /** Since when sweeps go on without a gap: ISO-8601. */
  readonly resumedAt: string | undefined
  /** Whether that was less than one renewal interval ago. */
  readonly isResuming: boolean
  /** Whether it is this process that has just recorded the sweep. Between two records lies half of HQ_SWEEP_EVERY at least. */
  readonly isRecorder: boolean
}

interface Row {
  readonly swept_at: string
  readonly resumed_at: string
}

/**
 * Records a sweep, for all processes. After a gap of more than two sweeps' time nobody was awake, so that nobody could renew: sweeps
 * resume, and holders come first. Most sweeps write nothing, because another process has swept a moment ago.
 */
export const sweepRecord = (store: Store["Type"], settings: SettingsValues) => {
  const { sql } = store
  const { sweepEvery } = settings
  const gap = Duration.times(sweepEvery, 2)
  const often = Duration.times(sweepEvery, 1 / 2)
  const latest = `SELECT swept_at, resumed_at FROM ${sql.lease_sweeps} WHERE id = 1`
  const update = `
    INSERT INTO ${sql.lease_sweeps} (id, swept_at, resumed_at) VALUES (1, ?, ?)
    ON CONFLICT (id) DO UPDATE SET swept_at = excluded.swept_at, resumed_at = excluded.resumed_at`

  /** Whether the last sweep is yet to come, by the clock of another time. */
  const isAhead = (row: Row, time: Time) => row.swept_at > time.in(sweepEvery)

  const isDue = (row: Row | undefined, time: Time) =>
    row === undefined || row.swept_at <= time.ago(often) || isAhead(row, time)

  const read = (tx: Transaction) =>
    Effect.flatMap(tx.now, (time) => Effect.map(tx.first<Row>(latest, []), (row) => ({ row, time })))

  return Effect.gen(function* () {
    const found = yield* store.read(read)
    const { isRecorder, row, time } = isDue(found.row, found.time)
      ? yield* store.write((tx) =>
          Effect.gen(function* () {
            const now = yield* read(tx)
            const { row, time } = now
            // Another process may have swept during the wait for the lock.
            if (!isDue(row, time)) return { ...now, isRecorder: false }
            const hasGap = row === undefined || row.swept_at < time.ago(gap) || isAhead(row, time)
            const next: Row = { swept_at: time.at, resumed_at: hasGap ? time.at : row.resumed_at }
            yield* tx.all(update, [next.swept_at, next.resumed_at])
            return { row: next, time, isRecorder: true }
          })
        )
      : { ...found, isRecorder: false }
    return {
      isRecorder,
      resumedAt: row?.resumed_at,
      isResuming:
        row !== undefined &&
        row.resumed_at > time.ago(renewalInterval(settings)) &&
        row.resumed_at <= time.in(sweepEvery)
    } satisfies Sweeps
  })
}
