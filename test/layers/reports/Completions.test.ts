import { assert } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { Completions } from "../../../src/services/Completions.ts"
import { free, hq } from "../../support/hq.ts"
import { suite } from "../../support/storages.ts"

const names = Effect.serviceFunctions(Completions)
const set = Effect.flatMap(Completions, (_) => _.projectSet)

const create = (name: string, steps: Record<number, ReadonlyArray<number>> = { 1: [] }) => hq.create(name, steps)

suite("names", (test) => {
  test(
    "of projects are found by their beginning, in either case, in the order of the list",
    Effect.gen(function* () {
      for (const name of ["Über-1", "api", "API-2", "a_b", "a%b", "other"]) yield* create(name)
      yield* hq.updateProject({ name: "api", priority: 1 })
      const found = (prefix: string) => Effect.map(names.projects(prefix), ({ values }) => values)
      assert.deepStrictEqual(yield* found("aP"), ["api", "API-2"])
      assert.deepStrictEqual(yield* found("a_"), ["a_b"])
      assert.deepStrictEqual(yield* found("A%"), ["a%b"])
      assert.deepStrictEqual(yield* found("üBER"), ["Über-1"])
      assert.deepStrictEqual(yield* found("\\"), [])
      assert.deepStrictEqual(yield* found("x".repeat(100_000)), [])
      assert.deepStrictEqual(yield* names.projects(""), {
        values: ["api", "other", "a%b", "a_b", "API-2", "Über-1"],
        total: 6,
        hasMore: false
      })
    })
  )

  test(
    "are counted where there are more than an answer holds",
    Effect.gen(function* () {
      for (let n = 0; n < 101; n++) yield* create(`p${n}`)
      const found = yield* names.projects("P")
      assert.lengthOf(found.values, 100)
      assert.deepInclude(found, { total: 101, hasMore: true })
    })
  )

  test(
    "ids are those of held steps, or of a project's",
    Effect.gen(function* () {
      yield* create("p", free(12))
      yield* create("q", { 1: [] })
      assert.deepStrictEqual(yield* names.steps(""), { values: [], total: 0, hasMore: false })
      yield* hq.take("a")
      yield* hq.take("b", { project: "q" })
      assert.deepStrictEqual((yield* names.steps("")).values, ["1", "13"])
      assert.deepStrictEqual((yield* names.steps("13")).values, ["13"])
      assert.deepStrictEqual((yield* names.steps("1", "p")).values, ["1", "10", "11", "12"])
      assert.deepStrictEqual((yield* names.steps("x", "p")).values, [])
      assert.deepStrictEqual((yield* names.steps("", "nothing")).values, [])
    })
  )

  test(
    "the set of projects is another when one comes, is renamed or goes, and only then",
    Effect.gen(function* () {
      const seen = [yield* set]
      const changes = [
        create("p"),
        create("q", { 1: [], 2: [] }),
        hq.updateProject({ name: "q", new_name: "r" }),
        hq.deleteProject({ name: "p" })
      ]
      for (const change of changes) {
        yield* change
        seen.push(yield* set)
      }
      assert.strictEqual(new Set(seen).size, seen.length)
      yield* hq.take("a", { project: "r" })
      yield* hq.updateProject({ name: "r", priority: 3 })
      assert.strictEqual(yield* set, seen.at(-1))
    })
  )
})
