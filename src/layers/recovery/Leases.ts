import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schedule from "effect/Schedule"
import { caller } from "../../domain/Fence.ts"
import { ClaimMemory } from "../../services/ClaimMemory.ts"
import { Leases, type SignOfLife } from "../../services/Leases.ts"
import { Settings } from "../../services/Settings.ts"
import { live } from "../store/fragments.ts"
import { Database } from "../store/Store.ts"
import { timestamp } from "../store/time.ts"

/** Calls that follow each other faster than this, in milliseconds, renew a lease once: a renewal is a durable write. */
const shortestInterval = 1000

/** Leases in hq's tables. */
export const layer: Layer.Layer<Leases, never, Database | ClaimMemory> = Layer.effect(
  Leases,
  Effect.gen(function* () {
    const db = yield* Database
    const claims = yield* ClaimMemory
    const { staleAfter, progressDeadline, disconnectGrace } = yield* Settings
    const t = db.tables
    const lease = Duration.toMillis(staleAfter)
    const throttle = Math.min(shortestInterval, lease / 10)
    const often = Duration.times(Duration.min(staleAfter, progressDeadline), 1 / 3)
    type Held = ReturnType<typeof claims.held>[number]

    // The claims come as JSON: [[step, agent, attempt, text], …]; what the text is differs.
    const mine = `FROM json_each(?) c WHERE ${t.steps}.id = c.value ->> 0 AND agent_id = c.value ->> 1
      AND attempt = c.value ->> 2 AND ${live}`
    const renewed = `
      UPDATE ${t.steps} SET last_heartbeat = iif(c.value ->> 3 IS NULL, last_heartbeat, ?),
        lease_expires_at = max(lease_expires_at, coalesce(c.value ->> 3, lease_expires_at)) ${mine} RETURNING id`
    // Where another process has given a later sign of life, the claim is in its hands now.
    const shortened = `
      UPDATE ${t.steps} SET lease_expires_at = min(lease_expires_at, ?) ${mine} AND last_heartbeat <= c.value ->> 3`

    const asJson = (held: ReadonlyArray<Held>, text: (claim: Held) => string | null) =>
      JSON.stringify(held.map((claim) => [claim.step_id, claim.agent_id, claim.attempt, text(claim)]))

    /** One statement for all of them; what it does not find has ended elsewhere. A null end: looked at, not renewed. */
    const renew = (held: ReadonlyArray<Held>, at: number, endOf: (claim: Held) => number | null) =>
      Effect.gen(function* () {
        const end = (claim: Held) => {
          const millis = endOf(claim)
          return millis === null ? null : timestamp(millis)
        }
        const values = [timestamp(at), asJson(held, end)]
        const kept = yield* db.write((tx) => tx.all<{ id: number }>(renewed, values))
        const ids = new Set(kept.map((row) => row.id))
        for (const claim of held) {
          if (!ids.has(claim.step_id)) claims.end(claim.step_id, claim.attempt, "lost")
          else if (end(claim) !== null) claims.renewed(claim.step_id, claim.attempt, timestamp(at))
        }
      })

    const touch = (call: SignOfLife) =>
      Effect.gen(function* () {
        const named = call.agent_id ?? (call.step_id && caller(call, claims.recall(call.step_id))?.agent_id)
        const agent = named ?? claims.onlyHolder()
        if (agent === undefined) return
        const at = yield* Clock.currentTimeMillis
        claims.heard(agent, at)
        const quietSince = timestamp(at - throttle)
        const due = claims.held(agent).filter((claim) => claim.last_heartbeat <= quietSince)
        if (due.length > 0) yield* renew(due, at, () => at + lease)
      })

    return Leases.of({
      touch,
      keepAlive: (call) =>
        touch(call).pipe(
          Effect.catchAllCause((cause) => Effect.logWarning("leases could not be renewed", cause)),
          Effect.repeat(Schedule.spaced(often)),
          Effect.forkScoped,
          Effect.asVoid
        ),
      renew: Effect.gen(function* () {
        const at = yield* Clock.currentTimeMillis
        const deadline = (claim: Held) => claim.heardAt + Duration.toMillis(progressDeadline)
        const held = claims.held()
        if (held.length === 0) return
        // Past its deadline a claim is not renewed, but still looked at, to be forgotten once it is lost.
        yield* renew(held, at, (claim) => (deadline(claim) > at ? Math.min(at + lease, deadline(claim)) : null))
      }),
      shorten: Effect.gen(function* () {
        const held = claims.held()
        if (held.length === 0) return
        const end = timestamp((yield* Clock.currentTimeMillis) + Duration.toMillis(disconnectGrace))
        yield* db.write((tx) => tx.all(shortened, [end, asJson(held, (claim) => claim.last_heartbeat)]))
      })
    })
  })
)
