import { assert } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { hq, refused } from "../../support/hq.ts"
import { rows } from "../../support/rows.ts"
import { Storage, suite } from "../../support/storages.ts"

const step = (step_num: number, more: object = {}) => ({ step_num, branch: `b${step_num}`, scope: "api", ...more })

const described = { title: "T", description: "D", estimate_minutes: 30 }

const create = hq.createProject({
  name: "p",
  base_commit: "abc123",
  agent_id: "human:ann",
  steps: [step(1, described), step(2, { depends_on: [1] })]
})

suite("a whole plan", (test) => {
  test(
    "has all steps with descriptions and dependencies, cancelled ones too",
    Effect.gen(function* () {
      yield* create
      yield* hq.updatePlan({ project: "p", operations: [{ op: "cancel", step_num: 2 }] })
      const { project, steps } = yield* hq.wholePlan("p")
      assert.strictEqual(project.revision, 2)
      assert.deepStrictEqual(
        steps.map(({ depends_on, description, status, step_num }) => [step_num, status, description, depends_on]),
        [
          [1, "not_started", "D", []],
          [2, "cancelled", undefined, []]
        ]
      )
      assert.deepInclude(yield* refused(hq.wholePlan("none")), { _tag: "NotFound", key: "none" })
    })
  )

  test(
    "is made by whom the event says, and by nobody if the caller does not say",
    Effect.gen(function* () {
      yield* create
      const { events } = yield* hq.events({})
      assert.lengthOf(events, 1)
      assert.deepInclude(events[0] as object, {
        agent_id: "human:ann",
        event_type: "added",
        metadata: { project: "p", steps: 2 }
      })
      yield* hq.create("q", { 1: [] })
      assert.lengthOf((yield* hq.events({})).events, 1)
    })
  )
})

suite("clearing fields of a step", (test) => {
  const clear = (...fields: ReadonlyArray<"title" | "description" | "estimate_minutes">) =>
    hq.updatePlan({ project: "p", operations: [{ op: "change", step_num: 1, clear: fields }] })

  test(
    "takes them away, and the event says so",
    Effect.gen(function* () {
      yield* create
      assert.strictEqual((yield* clear("title", "description", "estimate_minutes")).changed, 1)
      const { description, estimate_minutes, title } = yield* hq.get(1)
      assert.deepStrictEqual([title, description, estimate_minutes], [undefined, undefined, undefined])
      const { events } = yield* hq.events({ limit: 1 })
      assert.deepInclude(events[0]?.metadata as object, { title: null, estimate_minutes: null, description: "changed" })
      assert.deepStrictEqual(yield* rows("SELECT estimated_steps, estimated_minutes FROM $projects"), [
        { estimated_steps: 0, estimated_minutes: 0 }
      ])
      assert.isEmpty(yield* (yield* Storage).violations)
    })
  )

  test(
    "that it does not have changes nothing, and only a change can do it",
    Effect.gen(function* () {
      yield* create
      yield* clear("title", "description", "estimate_minutes")
      const again = yield* clear("title", "description", "estimate_minutes")
      assert.deepStrictEqual([again.changed, again.revision], [0, 2])
      const cancel = hq.updatePlan({ project: "p", operations: [{ op: "cancel", step_num: 2, clear: ["title"] }] })
      assert.deepInclude(yield* refused(cancel), {
        _tag: "InvalidInput",
        faults: [{ path: "operations.0.clear", message: "is not taken by cancel" }]
      })
    })
  )
})
