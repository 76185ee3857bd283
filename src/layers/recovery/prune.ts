import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type { SettingsValues } from "../../services/Settings.ts"
import { finishDeletions } from "../plan/deletion.ts"
import { live } from "../store/fragments.ts"
import { inBatches } from "../store/inBatches.ts"
import type { Store, Transaction } from "../store/Store.ts"

/** Rows that one transaction deletes at most, because other writers wait for it. */
const batch = 100

/** One sweep prunes for no longer than this; the next one goes on. */
const longest = Duration.seconds(5)

/**
 * Deletes what is older than HQ_EVENT_RETENTION: heartbeat events, request_ids of ended claims, and silent sessions. Goes on with
 * the deletion of projects, too.
 */
export const prune = (store: Store["Type"], { eventRetention, sweepEvery }: SettingsValues) => {
  const { sql } = store
  const oldEvents = `SELECT id FROM ${sql.agent_events} WHERE event_type = 'heartbeat' AND timestamp < ? LIMIT ${batch}`
  // A request_id is kept as long as its claim is held.
  const oldRequests = `
    SELECT agent_id, request_id FROM ${sql.claim_requests} r WHERE created_at < ?
      AND NOT EXISTS (SELECT 1 FROM ${sql.steps} s WHERE s.id = r.step_id AND s.attempt = r.attempt AND s.${live})
    LIMIT ${batch}`
  // To the fence, a session that was deleted is gone, as it was before.
  const oldSessions = `SELECT id FROM ${sql.agent_sessions} WHERE last_seen_at < ? LIMIT ${batch}`
  const kinds = [
    { find: oldRequests, remove: `DELETE FROM ${sql.claim_requests} WHERE (agent_id, request_id) IN (${oldRequests})` },
    { find: oldEvents, remove: `DELETE FROM ${sql.agent_events} WHERE id IN (${oldEvents})` },
    { find: oldSessions, remove: `DELETE FROM ${sql.agent_sessions} WHERE id IN (${oldSessions})` }
  ]
  const time = Duration.min(longest, Duration.times(sweepEvery, 1 / 4))

  const runOn = (statement: string) => (tx: Transaction) =>
    Effect.flatMap(tx.now, (time) => tx.all(statement, [time.ago(eventRetention)]))

  /** Returns whether there may be more. The first read does without the write lock. */
  const pruneSome = ({ find, remove }: (typeof kinds)[number]) =>
    Effect.gen(function* () {
      const found = yield* store.read(runOn(find))
      if (found.length > 0) yield* store.write(runOn(remove))
      return found.length === batch
    })

  return inBatches([finishDeletions(store), ...kinds.map(pruneSome)], time)
}
