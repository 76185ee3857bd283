import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { limits } from "../../../src/domain/Text.ts"
import { cpuTime } from "../../support/cpuTime.ts"
import { hq } from "../../support/hq.ts"
import { add, defined, edit, type Given } from "../../support/planEdits.ts"
import * as Recorded from "../../support/recorded.ts"

/*
 * What an edit costs depends on what it changes, not on how large the plan is. The same edits are made in a small and in a large plan,
 * and what hq ran for them is compared; test/layers/store/sqlite/queryPlans.test.ts holds that none of it scans a table.
 */

const lengthOfChain = 4

/** Chains of four steps each, all estimated alike. The first two declare the same files. */
const create = (count: number) =>
  hq.createProject({
    name: "p",
    base_commit: "abc123",
    steps: Array.from({ length: count }, (_, index) =>
      defined(index + 1, {
        depends_on: index % lengthOfChain === 0 ? [] : [index],
        estimate_minutes: 30,
        ...(index % lengthOfChain === 0 && index < 8 ? { files: ["src/**"] } : {})
      })
    )
  })

const edits: Readonly<Record<string, ReadonlyArray<Given>>> = {
  "adds a step between others": [add(20_001, { depends_on: [34], needed_by: [36] })],
  "adds a step after all": [add(20_002, { depends_on: [50] })],
  "changes what a step waits for": [{ op: "change", step_num: 38, depends_on: [36, 45], priority: 2 }],
  "changes an estimate": [{ op: "change", step_num: 47, estimate_minutes: 9 }],
  "cancels a step that others drop": [{ op: "cancel", step_num: 55, dependents: "drop" }],
  "cancels a step that others follow": [{ op: "cancel", step_num: 66, dependents: "follow" }],
  "splits a step": [{ op: "split", step_num: 75, into: [defined(20_003), defined(20_004, { depends_on: [20_003] })] }],
  "closes a cycle": [{ op: "change", step_num: 81, depends_on: [84] }],
  "touches a step at work": [{ op: "change", step_num: 1, priority: 3 }]
}

/** What hq ran for each call: its statements, and how many rows each of them gave. */
const costs = (count: number) =>
  Effect.gen(function* () {
    yield* create(count)
    const claimed = yield* Recorded.statementsOf(hq.answer({ project: "p", agent_id: "a" }))
    const apart = yield* Recorded.statementsOf(hq.answer({ project: "p", agent_id: "b" }))
    const made = yield* Effect.forEach(Object.entries(edits), ([what, operations]) =>
      Effect.map(Recorded.statementsOf(Effect.either(edit(...operations))), (ran) => [what, ran] as const)
    )
    const all = [["claims", claimed] as const, ["claims a step apart", apart] as const, ...made]
    return Object.fromEntries(
      all.map(([what, ran]) => [what, ran.map(({ rows, text }) => `${rows} rows: ${text.trim()}`)])
    )
  }).pipe(Effect.provide(Recorded.layer))

const timed = <A, E, R>(what: string, most: number, self: Effect.Effect<A, E, R>) =>
  Effect.gen(function* () {
    const since = cpuTime()
    const result = yield* self
    const millis = Math.round(cpuTime() - since)
    process.stderr.write(`${what}: ${millis} ms\n`)
    assert.isBelow(millis, most, what)
    return result
  })

describe("an edit of a plan", () => {
  it.effect("costs the same in a plan of 100 steps and in one of 9,900", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* costs(9900), yield* costs(100))
    })
  )

  it.effect("may add many steps, as long as the plan is no larger than one that is made at once", () =>
    Effect.gen(function* () {
      yield* create(limits.steps - limits.operations)
      const many = Array.from({ length: limits.operations }, (_, index) =>
        add(10_001 + index, { depends_on: [1 + index] })
      )
      const updated = yield* edit(...many)
      assert.deepInclude({ ...updated }, { added: limits.operations, total_steps: limits.steps, revision: 2 })
      const error = yield* Effect.flip(edit(add(20_000)))
      assert.include(error.message, "a plan has at most 10000 steps, and this one would have 10001")
    }).pipe(Effect.provide(Recorded.layer))
  )

  it.effect("may not bring a plan beyond its number of dependencies", () =>
    Effect.gen(function* () {
      // Each of 200 steps waits for each of 100 others.
      const steps = Array.from({ length: 300 }, (_, index) =>
        defined(index + 1, { depends_on: index < 100 ? [] : Array.from({ length: 100 }, (_, at) => at + 1) })
      )
      yield* hq.createProject({ name: "p", base_commit: "abc123", steps })
      const error = yield* Effect.flip(edit(add(301, { depends_on: [1] })))
      assert.include(error.message, "operations: a plan has at most 20000 dependencies: put a step in between")
      yield* edit(add(301), { op: "change", step_num: 300, depends_on: [301] })
    }).pipe(Effect.provide(Recorded.layer))
  )

  it.effect("makes a bounded number of dependencies, however many steps wait for the one that is split", () =>
    Effect.gen(function* () {
      yield* hq.createProject({
        name: "p",
        base_commit: "abc123",
        steps: Array.from({ length: 401 }, (_, index) => defined(index + 1, { depends_on: index === 0 ? [] : [1] }))
      })
      const into = Array.from({ length: 51 }, (_, index) => defined(3000 + index))
      const error = yield* timed(
        "20,400 dependencies refused",
        60_000,
        Effect.flip(edit({ op: "split", step_num: 1, into }))
      )
      assert.strictEqual(error._tag, "InvalidInput")
      assert.include(
        error.message,
        "operations.0: one edit makes and drops at most 10000 dependencies: put a step in between"
      )
      const joined = defined(4000, { depends_on: into.map(({ step_num }) => step_num) })
      const split = yield* edit({ op: "split", step_num: 1, into: [...into, joined] })
      assert.deepInclude({ ...split }, { added: 52, changed: 400 })
    }).pipe(Effect.provide(Recorded.layer))
  )

  it.effect("may cancel many steps, and refuses more than others can wait for", () =>
    Effect.gen(function* () {
      yield* hq.createProject({
        name: "p",
        base_commit: "abc123",
        steps: Array.from({ length: 1000 }, (_, index) =>
          defined(index + 1, { depends_on: index === 0 ? [] : [index] })
        )
      })
      const cancelling = edit({ op: "cancel", step_num: 2, dependents: "follow" })
      const error = yield* Effect.flip(cancelling)
      assert.include(error.message, "operations.0: one edit changes at most 500 steps: begin with a part of them")
      yield* edit({ op: "cancel", step_num: 502, dependents: "follow" })
      const updated = yield* timed("a chain of 500 steps cancelled", 60_000, cancelling)
      assert.deepInclude({ ...updated }, { changed: 0, step_counts: { not_started: 1, cancelled: 999 } })
      assert.lengthOf(updated.cancelled, 100)
      const appended = edit(add(6000, { depends_on: [1] }), { op: "cancel", step_num: 1, dependents: "follow" })
      assert.strictEqual((yield* appended).status, "completed")
    }).pipe(Effect.provide(Recorded.layer))
  )

  it.effect("may move the mean of the estimates, by which all other steps count", () =>
    Effect.gen(function* () {
      const steps = Array.from({ length: 10_000 }, (_, index) =>
        defined(index + 1, { depends_on: index % 100 === 0 ? [] : [index] })
      )
      yield* hq.createProject({ name: "p", base_commit: "abc123", steps })
      const moving = edit({ op: "change", step_num: 1, estimate_minutes: 30 })
      yield* timed("the tails of 10,000 steps written anew", 60_000, moving)
      assert.strictEqual((yield* hq.explainProject("p")).critical_path.minutes, 3000)
    }).pipe(Effect.provide(Recorded.layer))
  )

  it.effect("may lengthen a long chain", () =>
    Effect.gen(function* () {
      yield* hq.createProject({
        name: "p",
        base_commit: "abc123",
        steps: Array.from({ length: 9999 }, (_, index) =>
          defined(index + 1, { depends_on: index === 0 ? [] : [index] })
        )
      })
      yield* timed("a step added after a chain of 9,999", 60_000, edit(add(10_000, { depends_on: [9999] })))
    }).pipe(Effect.provide(Recorded.layer))
  )
})
