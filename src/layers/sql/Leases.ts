import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { Timestamp } from "../../domain/Text.ts"
import { Claims, type HeldClaim } from "../../services/Claims.ts"
import { Leases } from "../../services/Leases.ts"
import { Settings } from "../../services/Settings.ts"
import { Database } from "./Database.ts"
import { live } from "./sqlText.ts"
import { timestamp } from "./time.ts"

/** Calls that follow each other faster than this, in milliseconds, renew a lease once: a renewal is a durable write. */
const shortestInterval = 1000

/** Leases in hq's tables. */
export const layer: Layer.Layer<Leases, never, Database | Claims> = Layer.effect(
  Leases,
  Effect.gen(function* () {
    const db = yield* Database
    const claims = yield* Claims
    const { staleAfter, progressDeadline, disconnectGrace } = yield* Settings
    const t = db.tables
    const lease = Duration.toMillis(staleAfter)
    const throttle = Math.min(shortestInterval, lease / 10)

    const dueSteps = `agent_id = ? AND ${live} AND last_heartbeat <= ?`
    const due = `SELECT 1 FROM ${t.steps} WHERE ${dueSteps} LIMIT 1`
    const touched = `
      UPDATE ${t.steps} SET last_heartbeat = ?, lease_expires_at = max(lease_expires_at, ?) WHERE ${dueSteps}`
    // The claims come as JSON: [[step, agent, attempt, end of the lease], …].
    const mine = `FROM json_each(?) c WHERE ${t.steps}.id = c.value ->> 0 AND agent_id = c.value ->> 1
      AND attempt = c.value ->> 2 AND ${live}`
    const renewed = `
      UPDATE ${t.steps} SET last_heartbeat = iif(c.value ->> 3 IS NULL, last_heartbeat, ?),
        lease_expires_at = max(lease_expires_at, coalesce(c.value ->> 3, lease_expires_at)) ${mine} RETURNING id`
    const shortened = `UPDATE ${t.steps} SET lease_expires_at = min(lease_expires_at, ?) ${mine}`

    const asJson = (held: ReadonlyArray<HeldClaim>, endOf: (claim: HeldClaim) => Timestamp | null) =>
      JSON.stringify(held.map((claim) => [claim.step_id, claim.agent_id, claim.attempt, endOf(claim)]))

    return Leases.of({
      touch: ({ agent_id, step_id }) =>
        Effect.gen(function* () {
          const agent = agent_id ?? (step_id && claims.recall(step_id)?.agent_id) ?? claims.onlyAgent()
          if (agent === undefined) return
          const at = yield* Clock.currentTimeMillis
          claims.heard(agent, at)
          const quiet = [agent, timestamp(at - throttle)]
          // Read first: most calls follow a renewal closely, and a write waits for others' writes.
          const isDue = yield* db.read((tx) => tx.first(due, quiet))
          if (isDue !== undefined)
            yield* db.write((tx) => tx.all(touched, [timestamp(at), timestamp(at + lease), ...quiet]))
        }),
      renew: Effect.gen(function* () {
        const at = yield* Clock.currentTimeMillis
        const deadline = (claim: HeldClaim) => claim.heardAt + Duration.toMillis(progressDeadline)
        const held = claims.held()
        if (held.length === 0) return
        // Past its deadline a claim is not renewed, but still looked at, to be forgotten once it is lost.
        const end = (claim: HeldClaim) =>
          deadline(claim) > at ? timestamp(Math.min(at + lease, deadline(claim))) : null
        const kept = yield* db.write((tx) => tx.all<{ id: number }>(renewed, [timestamp(at), asJson(held, end)]))
        const ids = new Set(kept.map((row) => row.id))
        for (const { step_id, attempt } of held) {
          // Unless it was claimed again meanwhile.
          if (!ids.has(step_id) && claims.recall(step_id)?.attempt === attempt) claims.end(step_id)
        }
      }),
      shorten: Effect.gen(function* () {
        const held = claims.held()
        if (held.length === 0) return
        const end = (yield* Clock.currentTimeMillis) + Duration.toMillis(disconnectGrace)
        yield* db.write((tx) => tx.all(shortened, [timestamp(end), asJson(held, () => timestamp(end))]))
      })
    })
  })
)
