import { assert, describe, it } from "@effect/vitest"
import { livenessOf } from "../../../src/domain/answers/Liveness.ts"

const at = (minute: number) => `2026-05-05T12:${String(minute).padStart(2, "0")}:00.000Z`
const session = { id: "s", host: "h", pid: 1, started_at: at(0), last_seen_at: at(9) } as never

describe("liveness", () => {
  it("is silent from the end of the lease on, quiet after three renewals without a sign of life", () => {
    const of = (last_heartbeat: string | undefined, lease_expires_at: string | undefined, more: object = {}) =>
      livenessOf({ last_heartbeat, lease_expires_at, ...more }, at(10), at(8))
    assert.strictEqual(of(at(9), at(11)), "lively")
    assert.strictEqual(of(at(9), at(11), { session }), "lively")
    assert.strictEqual(of(at(8), at(11)), "lively")
    assert.strictEqual(of(at(7), at(11)), "quiet")
    assert.strictEqual(of(undefined, at(11)), "quiet")
    assert.strictEqual(of(at(9), at(11), { session: { ...(session as object), ended_at: at(9) } }), "quiet")
    assert.strictEqual(of(at(9), at(10)), "silent")
    assert.strictEqual(of(at(9), undefined), "silent")
  })
})
