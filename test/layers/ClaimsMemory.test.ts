import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { StepId } from "../../src/domain/Ids.ts"
import * as ClaimsMemory from "../../src/layers/ClaimsMemory.ts"
import { Claims } from "../../src/services/Claims.ts"
import { agent } from "../support/coordination.ts"

const id = (value: number) => StepId.make(value)
const by = (name: string, attempt = 1) => ({ agent_id: agent(name), attempt })

describe("claims in memory", () => {
  const test = (title: string, body: (claims: Claims["Type"]) => void) =>
    it.effect(title, () => Effect.provide(Effect.map(Claims, body), ClaimsMemory.layer))

  test("recall the latest claim of each step", (claims) => {
    assert.isUndefined(claims.recall(id(1)))
    claims.remember(id(1), by("a"), 0)
    claims.remember(id(2), by("b"), 0)
    claims.remember(id(1), by("b", 2), 0)
    assert.deepStrictEqual(claims.recall(id(1)), by("b", 2))
    assert.deepStrictEqual(claims.recall(id(2)), by("b"))
  })

  test("recall an ended claim, until the step is claimed again", (claims) => {
    claims.remember(id(1), by("a"), 0)
    claims.end(id(1))
    claims.end(id(1))
    assert.deepStrictEqual(claims.recall(id(1)), by("a"))
    claims.remember(id(1), by("b", 2), 0)
    assert.deepStrictEqual(claims.recall(id(1)), by("b", 2))
  })

  test("know nothing of a claim that was never made", (claims) => {
    claims.end(id(1))
    assert.isUndefined(claims.recall(id(1)))
  })

  test("forget the oldest ended claims, and none that is held", (claims) => {
    const count = 10_002
    claims.remember(id(count + 1), by("held"), 0)
    for (let step = 1; step <= count; step++) {
      claims.remember(id(step), by("a"), 0)
      claims.end(id(step))
    }
    assert.isUndefined(claims.recall(id(1)))
    assert.isUndefined(claims.recall(id(2)))
    assert.deepStrictEqual(claims.recall(id(3)), by("a"))
    assert.deepStrictEqual(claims.recall(id(count)), by("a"))
    assert.deepStrictEqual(claims.recall(id(count + 1)), by("held"))
  })

  it.effect("are each layer's own", () =>
    Effect.gen(function* () {
      yield* Effect.provide(
        Effect.map(Claims, (claims) => claims.remember(id(1), by("a"), 0)),
        ClaimsMemory.layer
      )
      assert.isUndefined(
        yield* Effect.provide(
          Effect.map(Claims, (claims) => claims.recall(id(1))),
          ClaimsMemory.layer
        )
      )
    })
  )
})
