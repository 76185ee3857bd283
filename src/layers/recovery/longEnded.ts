import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type { StorageError } from "../../domain/Errors.ts"
import { goneAfter, type SettingsValues } from "../../services/Settings.ts"
import { live } from "../store/fragments.ts"
import type { Store } from "../store/Store.ts"
import { steadyMillis, type Time } from "../store/time.ts"
import { clockTolerance } from "./clockCheck.ts"

interface Held {
  readonly id: number
  readonly attempt: number
  readonly last_heartbeat: string | null
}

const keyOf = ({ attempt, id, last_heartbeat }: Held) => JSON.stringify([id, attempt, last_heartbeat])

/** Leases that one look remembers. Of others, steps are taken later. */
const most = 1000

/**
 * Looks at expired leases whose holders were last heard long ago. A holder whose clock is behind writes such times as long as it lives, so
 * each is to be spared until this process has seen it unchanged for as long as makes a session gone. Returns whether that may be so.
 */
export const longEnded = (
  store: Store["Type"],
  settings: SettingsValues
): Effect.Effect<(row: Held, time: Time) => boolean, StorageError> => {
  const { sql } = store
  const gone = Duration.toMillis(goneAfter(settings))
  // A lease that was given before the holder's clock was set back may end later than the others that it writes.
  const silence = Duration.sum(settings.staleAfter, clockTolerance)
  const select = `SELECT id, attempt, last_heartbeat FROM ${sql.steps}
    WHERE ${live} AND lease_expires_at <= ? AND last_heartbeat <= ? ORDER BY lease_expires_at LIMIT ${most}`
  /** When each was first seen like that, by the steady clock. */
  let seen: ReadonlyMap<string, number> = new Map()

  return Effect.gen(function* () {
    const found = yield* store.read((tx) =>
      Effect.flatMap(tx.now, (time) => tx.all<Held>(select, [time.at, time.ago(silence)]))
    )
    const at = yield* steadyMillis
    seen = new Map(found.map(keyOf).map((key) => [key, seen.get(key) ?? at]))
    return (row, time) => {
      if (String(row.last_heartbeat) > time.ago(silence)) return false
      const since = seen.get(keyOf(row))
      return since === undefined || at - since < gone
    }
  })
}
