import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type { StorageError } from "../../domain/Errors.ts"
import type { SettingsValues } from "../../services/Settings.ts"
import { live } from "../store/fragments.ts"
import type { Store } from "../store/Store.ts"
import { clockTolerance } from "./clockCheck.ts"

/**
 * Brings back signs of life that are yet to come, because a clock was wrong when they were written, or has been set back since: such a
 * lease ends one HQ_STALE_AFTER from now, unless its holder renews it, and such a session is believed no longer than others.
 */
export const futureLeases = (
  store: Store["Type"],
  { staleAfter }: SettingsValues
): Effect.Effect<void, StorageError> => {
  const { sql } = store
  const isAny = `
    SELECT 1 WHERE EXISTS (SELECT 1 FROM ${sql.steps} WHERE ${live} AND last_heartbeat > ?)
      OR EXISTS (SELECT 1 FROM ${sql.steps} WHERE ${live} AND lease_expires_at > ?)
      OR EXISTS (SELECT 1 FROM ${sql.agent_sessions} WHERE last_seen_at > ?)`
  const leases = `UPDATE ${sql.steps} SET last_heartbeat = ?, lease_expires_at = ? WHERE ${live} AND last_heartbeat > ?`
  // A later sign of life, by a clock that is right again, makes no lease shorter.
  const ends = `UPDATE ${sql.steps} SET lease_expires_at = ? WHERE ${live} AND lease_expires_at > ?`
  const longest = Duration.sum(staleAfter, clockTolerance)
  const sessions = `UPDATE ${sql.agent_sessions} SET last_seen_at = ? WHERE last_seen_at > ?`

  return Effect.gen(function* () {
    const some = yield* store.read((tx) =>
      Effect.flatMap(tx.now, (time) => {
        const latest = time.in(clockTolerance)
        return tx.first(isAny, [latest, time.in(longest), latest])
      })
    )
    if (some === undefined) return
    yield* store.write((tx) =>
      Effect.gen(function* () {
        const time = yield* tx.now
        const latest = time.in(clockTolerance)
        yield* tx.all(leases, [time.at, time.in(staleAfter), latest])
        yield* tx.all(ends, [time.in(staleAfter), time.in(longest)])
        yield* tx.all(sessions, [time.at, latest])
      })
    )
  })
}
