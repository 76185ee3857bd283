import { assert } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { hq } from "../../support/hq.ts"
import { add, defined, edit, type Given, planned } from "../../support/planEdits.ts"
import { writesNothing } from "../../support/rows.ts"
import { suite } from "../../support/storages.ts"

const p = "p"

/** Steps 1 to 3, one after the other. */
const chain = hq.create("p", { 1: [], 2: [1], 3: [2] })

const faultsOf = (...operations: ReadonlyArray<Given>) =>
  Effect.map(Effect.flip(edit(...operations)), (error) =>
    error._tag === "InvalidInput" ? error.faults.map(({ message, path }) => `${path} ${message}`) : [error._tag]
  )

const priorities = Effect.map(hq.getProject({ name: p }), ({ steps }) =>
  Object.fromEntries(steps.map(({ priority, step_num }) => [step_num, priority]))
)

suite("operations of one edit", (test) => {
  test(
    "never have a step wait for itself",
    Effect.gen(function* () {
      yield* chain
      const faulty = faultsOf(
        { op: "change", step_num: 1, depends_on: [2, 1] },
        add(4, { needed_by: [3, 4], depends_on: [4] }),
        { op: "split", step_num: 2, into: [defined(5, { depends_on: [5] })] }
      )
      assert.deepStrictEqual(yield* writesNothing(faulty), [
        "operations.0.depends_on.1 step 1 cannot depend on itself",
        "operations.1.depends_on.0 step 4 cannot depend on itself",
        "operations.1.needed_by.1 step 4 cannot depend on itself",
        "operations.2.into.0.depends_on.0 step 5 cannot depend on itself"
      ])
      // Step 4 waits for step 2, of which it becomes the only part.
      const roundabout = [
        { op: "change", step_num: 4, depends_on: [2] },
        { op: "split", step_num: 2, into: [defined(4)] }
      ]
      assert.deepStrictEqual(yield* writesNothing(faultsOf(...roundabout)), [
        "operations.1 step 4 cannot depend on itself"
      ])
    })
  )

  test(
    "never leave a step waiting for one that is split",
    Effect.gen(function* () {
      yield* chain
      const parts = [defined(4), defined(5, { depends_on: [2] })]
      assert.deepStrictEqual(yield* writesNothing(faultsOf({ op: "split", step_num: 2, into: parts })), [
        "operations.0.into.1.depends_on step 2 is cancelled: nothing can depend on it"
      ])
      yield* edit(add(6, { depends_on: [2] }), { op: "split", step_num: 2, into: [defined(4)] })
      assert.deepStrictEqual((yield* planned)[6], ["not_started", 4])
      const late = faultsOf({ op: "split", step_num: 4, into: [defined(7)] }, add(8, { depends_on: [4] }))
      assert.deepStrictEqual(yield* writesNothing(late), [
        "operations.1.depends_on step 4 is cancelled: nothing can depend on it"
      ])
    })
  )

  test(
    "are done in their order: parts have the priority that the step has by then",
    Effect.gen(function* () {
      yield* chain
      yield* edit({ op: "change", step_num: 2, priority: 5 }, { op: "split", step_num: 2, into: [defined(4)] })
      assert.deepInclude(yield* priorities, { 4: 5 })
      yield* edit(add(5, { priority: 3 }), {
        op: "split",
        step_num: 5,
        into: [defined(6), defined(7, { priority: 1 })]
      })
      assert.deepInclude(yield* priorities, { 6: 3, 7: 1 })
      yield* edit({ op: "split", step_num: 6, into: [defined(8)] }, { op: "split", step_num: 8, into: [defined(9)] })
      assert.deepInclude(yield* priorities, { 8: 3, 9: 3 })
    })
  )

  test(
    "that come to nothing are no change",
    Effect.gen(function* () {
      yield* chain
      const updated = yield* writesNothing(
        edit(
          { op: "change", step_num: 2, priority: 5, files: ["a"], depends_on: [] },
          { op: "change", step_num: 2, priority: 0, files: [], depends_on: [1] }
        )
      )
      assert.deepInclude({ ...updated }, { added: 0, changed: 0, cancelled: [], revision: 1 })
      yield* edit({ op: "change", step_num: 2, priority: 5 }, { op: "change", step_num: 2, priority: 6 })
      const { events } = yield* hq.events({ project: p })
      assert.deepStrictEqual(
        events.map(({ metadata }) => metadata),
        [{ attempt: 0, revision: 2, priority: 6 }] as never
      )
    })
  )

  test(
    "may name what others add, cancel or split",
    Effect.gen(function* () {
      yield* chain
      yield* hq.failNext("a")
      const updated = yield* edit(
        { op: "change", step_num: 4, depends_on: [5] },
        add(4, { needed_by: [3] }),
        add(5),
        { op: "cancel", step_num: 1, dependents: "drop" },
        { op: "cancel", step_num: 1 },
        { op: "split", step_num: 5, into: [defined(6), defined(7, { depends_on: [6] })] },
        { op: "cancel", step_num: 2, dependents: "follow" }
      )
      assert.deepInclude({ ...updated }, { added: 3, changed: 0, total_steps: 3 })
      assert.sameMembers([...updated.cancelled], [1, 2, 3, 5])
      assert.deepStrictEqual(yield* planned, {
        1: ["cancelled"],
        2: ["cancelled"],
        3: ["cancelled"],
        4: ["not_started", 7],
        5: ["cancelled"],
        6: ["not_started"],
        7: ["not_started", 6]
      })
      const refused = yield* writesNothing(
        Effect.flip(edit({ op: "cancel", step_num: 6, dependents: "drop" }, { op: "change", step_num: 6, scope: "ui" }))
      )
      assert.deepInclude({ ...refused }, { _tag: "Conflict", status: "cancelled" })
    })
  )
})
