import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schedule from "effect/Schedule"
import { ClaimMemory } from "../../services/ClaimMemory.ts"
import { Leases, type SignOfLife } from "../../services/Leases.ts"
import { Session } from "../../services/Session.ts"
import { Settings } from "../../services/Settings.ts"
import { live } from "../store/fragments.ts"
import type { ValueType } from "../store/Sql.ts"
import { Store } from "../store/Store.ts"
import { inSession } from "../store/sessions.ts"
import { timestamp } from "../store/time.ts"

/** Shortest time between two renewals of a lease, in milliseconds, because each is a durable write. */
const shortestInterval = 1000

/** A session that lasted less than this, or than a lease, leaves its leases as they are: some clients start a process for each call. */
const shortSession = Duration.minutes(1)

/** Leases in hq's tables. */
export const layer: Layer.Layer<Leases, never, Store | ClaimMemory | Session> = Layer.effect(
  Leases,
  Effect.gen(function* () {
    const memory = yield* ClaimMemory
    const session = yield* Session
    const settings = yield* Settings
    const stored = yield* Store
    const store = inSession(stored, session, settings)
    const { staleAfter, progressDeadline, disconnectGrace } = settings
    const { sql } = store
    const throttle = Math.min(shortestInterval, Duration.toMillis(staleAfter) / 10)
    const often = Duration.times(Duration.min(staleAfter, progressDeadline), 1 / 3)
    type Held = ReturnType<typeof memory.held>[number]

    // The claims come as JSON: [[step, agent, attempt, text], …]. Those that another session has by now are not renewed.
    const claim = (at: number, type: ValueType = "text") => sql.field("claim.value", at, type)
    const mine = `FROM ${sql.items("?", "claim", "json")} WHERE ${sql.steps}.id = ${claim(0, "integer")}
      AND agent_id = ${claim(1)} AND attempt = ${claim(2, "integer")} AND session_id = ? AND ${live}`
    // The text is the new end of the lease; null for a claim that is looked at and not renewed.
    const renewed = `
      UPDATE ${sql.steps} SET last_heartbeat = CASE WHEN ${claim(3)} IS NULL THEN last_heartbeat ELSE ? END,
        lease_expires_at = ${sql.greatest("lease_expires_at", `coalesce(${claim(3)}, lease_expires_at)`)} ${mine} RETURNING id`
    const shortened = `
      UPDATE ${sql.steps} SET lease_expires_at = ${sql.least("lease_expires_at", "?")} WHERE session_id = ? AND ${live}
        AND id IN (SELECT value FROM ${sql.items("?", "held", "integer")})`
    const ended = `UPDATE ${sql.agent_sessions} SET ended_at = ? WHERE id = ?`

    const asJson = (held: ReadonlyArray<Held>, text: (claim: Held) => string | null) =>
      JSON.stringify(held.map((claim) => [claim.step_id, claim.agent_id, claim.attempt, text(claim)]))

    /** How long the claim may still go without progress. */
    const left = (claim: Held, at: number) =>
      Duration.subtract(progressDeadline, Duration.millis(at - claim.progressAt))
    const leaseAt = (at: number) => (claim: Held) => {
      const time = left(claim, at)
      return Duration.greaterThan(time, Duration.zero) ? Duration.min(staleAfter, time) : null
    }

    /**
     * Renews claims in one statement. Those that it does not find have ended elsewhere.
     *
     * @param leaseOf length of the claim's new lease; null if it is looked at and not renewed
     */
    const renew = (held: ReadonlyArray<Held>, leaseOf: (claim: Held) => Duration.Duration | null) =>
      Effect.gen(function* () {
        const { at, kept } = yield* store.write((tx) =>
          Effect.gen(function* () {
            const time = yield* tx.now
            const endOf = (claim: Held) => {
              const lease = leaseOf(claim)
              return lease === null ? null : time.in(lease)
            }
            const kept = yield* tx.all<{ id: number }>(renewed, [time.at, asJson(held, endOf), session.id])
            return { at: time.at, kept: new Set(kept.map((row) => row.id)) }
          })
        )
        for (const claim of held) {
          if (!kept.has(claim.step_id)) memory.end(claim.step_id, claim.attempt, "lost")
          else if (leaseOf(claim) !== null) memory.renewed(claim.step_id, claim.attempt, at)
        }
      })

    // Not a generator, and without a timer unless something is due: every call comes through here.
    const touch = (call: SignOfLife, timeout?: Duration.DurationInput) =>
      Effect.flatMap(Clock.currentTimeMillis, (at) => {
        const claimants = memory.claimants()
        const agent = call.agent_id ?? (typeof claimants === "object" ? claimants.only : undefined)
        if (agent === undefined) return Effect.void
        memory.heard(agent, call.step_id, at)
        const quietSince = timestamp(at - throttle)
        const lease = leaseAt(at)
        const due = memory.held(agent).filter((claim) => claim.last_heartbeat <= quietSince && lease(claim) !== null)
        if (due.length === 0) return Effect.void
        const renewal = renew(due, lease)
        return timeout === undefined ? renewal : Effect.asVoid(Effect.timeoutOption(renewal, timeout))
      })

    return Leases.of({
      touch,
      keepAlive: (call) =>
        touch(call).pipe(
          Effect.catchAllCause((cause) => Effect.logWarning("leases could not be renewed", cause)),
          Effect.repeat(Schedule.spaced(often)),
          Effect.interruptible,
          Effect.forkScoped,
          Effect.asVoid
        ),
      renew: Effect.gen(function* () {
        const held = memory.held()
        if (held.length === 0) return
        const at = yield* Clock.currentTimeMillis
        // Past its deadline a claim is not renewed, but still looked at, so that it is forgotten once it is lost.
        yield* renew(held, leaseAt(at))
      }),
      endSession: Effect.gen(function* () {
        if (session.lastSeen() === undefined) return
        const held = memory.held().map(({ step_id }) => step_id)
        const lasted = Duration.millis((yield* Clock.currentTimeMillis) - session.startedAt)
        yield* stored.write((tx) =>
          Effect.gen(function* () {
            const time = yield* tx.now
            yield* tx.all(ended, [time.at, session.id])
            if (held.length === 0 || Duration.lessThan(lasted, Duration.min(shortSession, staleAfter))) return
            yield* tx.all(shortened, [time.in(disconnectGrace), session.id, JSON.stringify(held)])
          })
        )
      })
    })
  })
)
