import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type { StorageError } from "../../domain/Errors.ts"
import type { Session } from "../../services/Session.ts"
import { renewalInterval, type SettingsValues } from "../../services/Settings.ts"
import type { Store } from "../store/Store.ts"
import { steadyMillis } from "../store/time.ts"

/** How far the clocks of two processes may differ. */
export const clockTolerance = Duration.minutes(1)

interface Look {
  /** The latest sign of life of another session: ISO-8601. */
  readonly seen: string | undefined
  /** By the steady clock, in milliseconds. */
  readonly at: number
}

export interface Compared {
  /** When this clock was read, in milliseconds since 1970. */
  readonly at: number
  /** By how many milliseconds this clock is ahead; negative if it is behind; undefined if it agrees, or nobody has written lately. */
  readonly ahead: number | undefined
  /** Whether nothing could be compared yet. */
  readonly isFirst: boolean
}

/**
 * Compares this process's clock with what living sessions of other processes write.
 *
 * A time in the store tells nothing by itself, because its writer may be dead: only one that has changed since the last look does.
 */
export const clockCheck = (
  store: Store["Type"],
  session: Session["Type"],
  settings: SettingsValues
): Effect.Effect<Compared, StorageError> => {
  const { sql } = store
  const latest = `SELECT last_seen_at FROM ${sql.agent_sessions} WHERE id <> ? ORDER BY last_seen_at DESC LIMIT 1`
  const tolerance = Duration.toMillis(clockTolerance)
  // A living session that holds a step writes within one interval.
  const goodFor = 2 * Duration.toMillis(renewalInterval(settings))
  let before: Look | undefined
  let found: { readonly ahead: number | undefined; readonly at: number } | undefined

  return Effect.gen(function* () {
    const { now, seen } = yield* store.read((tx) =>
      Effect.zipWith(tx.now, tx.first<{ last_seen_at: string }>(latest, [session.id]), (time, row) => ({
        now: time.millis,
        seen: row?.last_seen_at
      }))
    )
    const at = yield* steadyMillis
    if (before !== undefined && seen !== undefined && seen !== before.seen) {
      const ahead = now - Date.parse(seen)
      const isOff = ahead < -tolerance || ahead > at - before.at + tolerance
      found = { ahead: isOff ? ahead : undefined, at }
    }
    const isFirst = before === undefined
    before = { seen, at }
    return { at: now, ahead: found !== undefined && at - found.at <= goodFor ? found.ahead : undefined, isFirst }
  })
}
