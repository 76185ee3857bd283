import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { AgentId, StepId } from "../../../src/domain/Ids.ts"
import * as ClaimsMemory from "../../../src/layers/session/ClaimMemory.ts"
import { timestamp } from "../../../src/layers/store/time.ts"
import { ClaimMemory, type HeldClaim } from "../../../src/services/ClaimMemory.ts"

const id = (value: number) => StepId.make(value)
const of = (step: number, name: string, attempt = 1): HeldClaim => ({
  step_id: id(step),
  agent_id: AgentId.make(name),
  attempt,
  last_heartbeat: timestamp(0)
})

describe("claims in memory", () => {
  const test = (title: string, body: (claims: ClaimMemory["Type"]) => void) =>
    it.effect(title, () => Effect.provide(Effect.map(ClaimMemory, body), ClaimsMemory.layer))

  test("recall the latest claim of each step by each agent", (claims) => {
    assert.deepStrictEqual(claims.recall(id(1)), [])
    claims.remember(of(1, "a"), 0)
    claims.remember(of(2, "b"), 0)
    claims.remember(of(1, "b", 2), 0)
    assert.deepStrictEqual(claims.recall(id(1)), [of(1, "a"), of(1, "b", 2)])
    assert.deepStrictEqual(claims.recall(id(2)), [of(2, "b")])
  })

  test("recall an ended claim, beside the next agent's", (claims) => {
    claims.remember(of(1, "a"), 0)
    claims.end(id(1), 1, "lost")
    claims.end(id(1), 1, "lost")
    assert.deepStrictEqual(claims.recall(id(1)), [of(1, "a")])
    claims.remember(of(1, "b", 2), 0)
    assert.deepStrictEqual(claims.recall(id(1)), [of(1, "a"), of(1, "b", 2)])
  })

  test("recall no claim that its agent ended itself, once another agent has claimed the step", (claims) => {
    claims.remember(of(1, "a"), 0)
    claims.end(id(1), 1, "done")
    assert.deepStrictEqual(claims.recall(id(1)), [of(1, "a")])
    claims.remember(of(1, "b", 2), 0)
    assert.deepStrictEqual(claims.recall(id(1)), [of(1, "b", 2)])
  })

  test("know nothing of a claim that was never made", (claims) => {
    claims.end(id(1), 1, "lost")
    assert.deepStrictEqual(claims.recall(id(1)), [])
  })

  test("forget the oldest ended claims, and none that is held", (claims) => {
    const count = 10_002
    claims.remember(of(count + 1, "held"), 0)
    for (let step = 1; step <= count; step++) {
      claims.remember(of(step, "a"), 0)
      claims.end(id(step), 1, "lost")
    }
    assert.deepStrictEqual(claims.recall(id(1)), [])
    assert.deepStrictEqual(claims.recall(id(2)), [])
    assert.deepStrictEqual(claims.recall(id(3)), [of(3, "a")])
    assert.deepStrictEqual(claims.recall(id(count)), [of(count, "a")])
    assert.deepStrictEqual(claims.recall(id(count + 1)), [of(count + 1, "held")])
  })

  test("do not count what was noted after the clock was set back as noted before", (claims) => {
    const [hour, year] = [3_600_000, 365 * 24 * 3_600_000]
    claims.remember(of(1, "before"), year)
    claims.remember(of(2, "after"), hour)
    claims.skip(hour - year, hour + 1)
    assert.deepStrictEqual(
      claims.held().map(({ progressAt }) => progressAt),
      [hour, hour]
    )
  })

  it.effect("are each layer's own", () =>
    Effect.gen(function* () {
      yield* Effect.provide(
        Effect.map(ClaimMemory, (claims) => claims.remember(of(1, "a"), 0)),
        ClaimsMemory.layer
      )
      assert.deepStrictEqual(
        yield* Effect.provide(
          Effect.map(ClaimMemory, (claims) => claims.recall(id(1))),
          ClaimsMemory.layer
        ),
        []
      )
    })
  )
})
