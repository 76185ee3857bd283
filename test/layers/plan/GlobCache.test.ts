import { assert, describe, it } from "vitest"
import { ofGlob } from "../../../src/domain/Globs.ts"
import * as GlobCache from "../../../src/layers/plan/GlobCache.ts"

const work = () => ({ left: Number.POSITIVE_INFINITY })
const list = (at: number) => JSON.stringify([`src/part${at}/**/*.{ts,tsx}`, `docs/[a-z]${at}*`])

describe("GlobCache", () => {
  it("parses a list once", () => {
    const cache = GlobCache.make()
    const first = cache.get(list(1), work())
    assert.deepStrictEqual(first, [`src/part1/**/*.{ts,tsx}`, "docs/[a-z]1*"].map(ofGlob))
    assert.strictEqual(cache.get(list(1), work()), first)
  })

  it("keeps within its bytes, and drops the list that was not used for longest", () => {
    const cache = GlobCache.make(100_000)
    const often = cache.get(list(0), work())
    const once = cache.get(list(1), work())
    for (let at = 2; at < 1_000; at++) {
      cache.get(list(at), work())
      assert.isAtMost(cache.bytes(), 100_000)
      assert.strictEqual(cache.get(list(0), work()), often)
    }
    assert.notStrictEqual(cache.get(list(1), work()), once)
  })

  it("parses as much as the work allows, and goes on from there", () => {
    const cache = GlobCache.make()
    const globs = Array.from({ length: 50 }, (_, at) => `src/${at}/*{a,b,c}`)
    const json = JSON.stringify(globs)
    let calls = 0
    while (cache.get(json, { left: 3_000 }) === undefined) calls++
    assert.isAbove(calls, 5)
    assert.deepStrictEqual(cache.get(json, work()), globs.map(ofGlob))
  })

  it("takes lists that are no JSON for empty ones", () => {
    assert.deepStrictEqual(GlobCache.make().get("no JSON", work()), [])
  })
})
