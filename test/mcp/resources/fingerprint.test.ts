import { assert, describe, it } from "@effect/vitest"
import { digest, fingerprint } from "../../../src/mcp/resources/fingerprint.ts"

describe("fingerprint", () => {
  const step = { id: 1, status: "claimed", last_heartbeat: "1", lease_expires_at: "2", notes: "n" }

  it("does not differ by signs of life, wherever they stand", () => {
    const later = { ...step, last_heartbeat: "3", lease_expires_at: "4" }
    assert.strictEqual(fingerprint(step), fingerprint(later))
    assert.strictEqual(fingerprint({ steps: [step] }), fingerprint({ steps: [later] }))
  })

  it("differs by anything else", () => {
    for (const other of [{ status: "failed" }, { notes: "m" }, { notes: "last_heartbeat" }, { claimed_at: "5" }]) {
      assert.notStrictEqual(fingerprint(step), fingerprint({ ...step, ...other }))
    }
    assert.notStrictEqual(fingerprint([1, 2]), fingerprint([2, 1]))
  })
})

describe("digest", () => {
  it("tells a hundred thousand similar texts apart", () => {
    const texts = Array.from({ length: 100_000 }, (_, n) => `{"completed":${n % 317},"failed":${n}}`)
    assert.strictEqual(new Set(texts.map(digest)).size, texts.length)
  })
})
