import { assert, describe, it } from "@effect/vitest"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { AgentId } from "../../../../src/domain/Ids.ts"
import * as Coordination from "../../../../src/layers/Coordination.ts"
import { claimStep } from "../../../../src/layers/steps/claim/claimStep.ts"
import { Store } from "../../../../src/layers/store/Store.ts"
import * as SqliteDatabase from "../../../../src/layers/store/sqlite/SqliteDatabase.ts"
import * as SqliteStore from "../../../../src/layers/store/sqlite/SqliteStore.ts"
import { hq } from "../../../support/hq.ts"
import { tempDatabase } from "../../../support/temp.ts"

/** Coordination, and a store of its own on the same file. */
const both = Layer.suspend(() => {
  const filename = tempDatabase()
  // One after the other: by the test's clock, the second could wait for the first one's lock for ever.
  return Layer.provide(SqliteStore.layer("", true), SqliteDatabase.layer({ filename })).pipe(
    Layer.provideMerge(Coordination.layerSqlite({ filename }))
  )
})

/** Claims that step for agent b, chosen by somebody else, maybe some time ago. */
const take = (step: number) =>
  Effect.gen(function* () {
    const store = yield* Store
    const { take } = claimStep(store, { id: "s", goneBefore: ({ at }) => at }, Duration.minutes(15))
    const claim = yield* store.write((tx) => take(tx, { agent_id: AgentId.make("b") }, step))
    return claim?.step?.attempt
  })

const standing = Effect.map(Effect.forEach([1, 2], hq.get), (steps) =>
  steps.map(({ agent_id, attempt, status }) => [status, attempt, agent_id])
)

describe("the UPDATE of a claim", () => {
  it.scoped("hits nothing once the step is held, waits for another or its project is paused", () =>
    Effect.gen(function* () {
      yield* hq.create("p", { 1: [], 2: [1] })
      const before = yield* standing
      assert.isUndefined(yield* take(2))
      yield* hq.updateProject({ name: "p", status: "paused" })
      assert.isUndefined(yield* take(1))
      yield* hq.updateProject({ name: "p", status: "active" })
      assert.isUndefined(yield* take(3))
      assert.deepStrictEqual(yield* standing, before)
      yield* hq.claim("a")
      assert.isUndefined(yield* take(1))
      assert.deepStrictEqual((yield* standing)[0], ["claimed", 1, "a"])
      yield* hq.release({ step_id: 1, agent_id: "a" })
      assert.strictEqual(yield* take(1), 2)
      assert.deepStrictEqual((yield* standing)[0], ["claimed", 2, "b"])
    }).pipe(Effect.provide(both))
  )
})
