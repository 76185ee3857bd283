import { assert } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { fields, hq, refused } from "../../../support/hq.ts"
import { contents, rows } from "../../../support/rows.ts"
import { at, suite } from "../../../support/storages.ts"

const complete = (step_id: number) => Effect.zipRight(hq.start({ step_id }), hq.complete({ step_id, commit_hash: "c" }))

suite("a claim of a named step", (test) => {
  test(
    "a blocked step is refused with those it waits for, each with its status",
    Effect.gen(function* () {
      yield* hq.create("p", { 1: [], 2: [], 3: [], 4: [], 5: [], 6: [1, 2, 3, 4, 5] })
      yield* hq.claim("b", { step_num: 1 })
      yield* complete(1)
      yield* hq.claim("b", { step_num: 2 })
      yield* hq.claim("b", { step_num: 3 })
      yield* hq.start({ step_id: 3 })
      yield* hq.claim("b", { step_num: 4 })
      yield* hq.fail({ step_id: 4, reason: "r" })
      const before = yield* contents
      for (const more of [{ step_id: 6 }, { step_num: 6 }]) {
        assert.deepInclude(yield* refused(hq.claim("a", more)), {
          _tag: "DependencyUnmet",
          step_id: 6,
          unmet: [
            { step_id: 2, step_num: 2, status: "claimed", agent_id: "b", lease_expires_at: at("15 minutes") },
            { step_id: 3, step_num: 3, status: "in_progress", agent_id: "b", lease_expires_at: at("15 minutes") },
            { step_id: 4, step_num: 4, status: "failed" },
            { step_id: 5, step_num: 5, status: "not_started" }
          ]
        })
      }
      assert.deepStrictEqual(yield* contents, before)
    })
  )

  test(
    "a refusal names 20 dependencies at most, and how many more there are",
    Effect.gen(function* () {
      const first = Array.from({ length: 60 }, (_, index) => index + 1)
      yield* hq.create("p", { ...Object.fromEntries(first.map((num) => [num, []])), 61: first })
      const { message, unmet, unmet_more } = yield* refused(hq.claim("a", { step_num: 61 }))
      assert.lengthOf(unmet as ReadonlyArray<unknown>, 20)
      assert.strictEqual(unmet_more, 40)
      assert.include(message, "and 40 more")
    })
  )

  test(
    "a step that is not to be had is refused, with its status and holder",
    Effect.gen(function* () {
      yield* hq.create("p", { 1: [], 2: [], 3: [], 4: [] })
      yield* hq.claim("b", { step_num: 1 })
      yield* hq.claim("b", { step_num: 2 })
      yield* hq.start({ step_id: 2 })
      yield* hq.claim("b", { step_num: 3 })
      yield* complete(3)
      yield* hq.claim("b", { step_num: 4 })
      yield* hq.fail({ step_id: 4, reason: "r" })
      const holder = { agent_id: "b", attempt: 1 }
      const before = yield* contents
      for (const [step_num, status, held, advice] of [
        [
          1,
          "claimed",
          holder,
          { a: "Its agent goes on with it", b: "It is yours already, in attempt 1: go on with it." }
        ],
        [
          2,
          "in_progress",
          holder,
          { a: "Its agent goes on with it", b: "It is yours already, in attempt 1: go on with it." }
        ],
        [3, "completed", undefined, { a: "Nothing is left to do on it", b: "Nothing is left to do on it" }],
        [4, "failed", undefined, { a: "Call recover_failed_step", b: "Call recover_failed_step" }]
      ] as const) {
        for (const agent of ["a", "b"] as const) {
          const error = yield* refused(hq.claim(agent, { step_num }))
          assert.deepInclude(error, { _tag: "Conflict", step_id: step_num, status })
          assert.deepStrictEqual(error.holder, held)
          assert.include(error.message, advice[agent])
        }
      }
      assert.deepStrictEqual(yield* contents, before)
    })
  )

  test(
    "a step that is not there, or another than its number says, is refused",
    Effect.gen(function* () {
      yield* hq.create("p", { 1: [], 2: [] })
      yield* hq.create("q", { 7: [] })
      const unknown: ReadonlyArray<readonly [object, object]> = [
        [{ step_id: 99 }, { entity: "step", key: 99 }],
        [{ step_num: 99 }, { entity: "step", key: "step 99 of p" }],
        [{ project: "no" }, { entity: "project", key: "no" }],
        [
          { project: "no", step_id: 1 },
          { entity: "project", key: "no" }
        ]
      ]
      for (const [more, expected] of unknown) {
        assert.deepInclude(yield* refused(hq.claim("a", more)), { _tag: "NotFound", ...expected })
      }
      for (const [more, message] of [
        [{ step_id: 3 }, 'must be a step of project "p"'],
        [{ step_id: 3, step_num: 7 }, 'must be a step of project "p", with step_num 7'],
        [{ step_id: 1, step_num: 2 }, 'must be a step of project "p", with step_num 2']
      ] as const) {
        const faults = [{ path: "step_id", message }]
        assert.deepInclude(yield* refused(hq.claim("a", more)), { _tag: "InvalidInput", faults })
      }
      assert.lengthOf(yield* rows("SELECT 1 FROM $steps WHERE attempt > 0"), 0)
    })
  )

  test(
    "steps of an aborted project are not handed out",
    Effect.gen(function* () {
      yield* hq.create("p", { 1: [] })
      yield* rows("UPDATE $projects SET status = 'aborted'")
      const error = yield* refused(hq.claim("a", { step_num: 1 }))
      assert.deepInclude(error, { _tag: "Conflict", status: "not_started" })
      assert.include(error.message, 'Project "p" is aborted')
      assert.deepStrictEqual(fields(yield* hq.answer({ project: "p", agent_id: "a" })), {
        step: null,
        reason: "project_aborted"
      })
    })
  )
})
