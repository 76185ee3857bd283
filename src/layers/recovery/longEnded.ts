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
  readonly lease_expires_at: string | null
}

const keyOf = ({ attempt, id, last_heartbeat }: Held) => JSON.stringify([id, attempt, last_heartbeat])

/** Leases that one look remembers. Of others, steps are taken later. */
const most = 1000

/**
 * Looks at leases that ended long ago. A holder whose clock is behind writes such leases as long as it lives, so each is to be spared until
 * this process has seen it unchanged for as long as makes a session gone. Returns which, to be asked within the sweep.
 */
export const longEnded = (
  store: Store["Type"],
  settings: SettingsValues
): Effect.Effect<(row: Held, time: Time) => boolean, StorageError> => {
  const { sql } = store
  const gone = Duration.toMillis(goneAfter(settings))
  const select = `SELECT id, attempt, last_heartbeat, lease_expires_at FROM ${sql.steps}
    WHERE ${live} AND lease_expires_at <= ? ORDER BY lease_expires_at LIMIT ${most}`
  /** When each was first seen like that, by the steady clock. */
  let seen: ReadonlyMap<string, number> = new Map()

  return Effect.gen(function* () {
    const found = yield* store.read((tx) =>
      Effect.flatMap(tx.now, (time) => tx.all<Held>(select, [time.ago(clockTolerance)]))
    )
    const at = yield* steadyMillis
    seen = new Map(found.map(keyOf).map((key) => [key, seen.get(key) ?? at]))
    return (row, time) => {
      if (String(row.lease_expires_at) > time.ago(clockTolerance)) return false
      const since = seen.get(keyOf(row))
      return since === undefined || at - since < gone
    }
  })
}
