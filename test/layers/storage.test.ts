import { assert, describe, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { Projects } from "../../src/services/Projects.ts"
import { Steps } from "../../src/services/Steps.ts"
import { agent, plan, project, storages } from "../support/coordination.ts"

for (const storage of storages) {
  describe(storage.name, () => {
    layer(storage.layer())((it) => {
      it.effect("gives the next ready step", () =>
        Effect.gen(function* () {
          yield* (yield* Projects).create(plan("p", { 1: [], 2: [1] }))
          const { step } = yield* (yield* Steps).claim({ project: project("p"), agent_id: agent("a") })
          assert.strictEqual(step?.step_num, 1)
        })
      )
    })
  })
}
