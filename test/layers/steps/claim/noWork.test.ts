import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type { NoWorkReason } from "../../../../src/domain/Entities.ts"
import { reasonOfNoWork } from "../../../../src/layers/steps/claim/noWork.ts"
import { hq } from "../../../support/hq.ts"
import { rows, writesNothing } from "../../../support/rows.ts"
import { type Stored, suite } from "../../../support/storages.ts"

suite("no work", (test) => {
  const abort = () => rows("UPDATE $projects SET status = 'aborted'")
  const merge = () => rows("UPDATE $steps SET status = 'merged' WHERE status = 'completed'")
  type Act = () => Effect.Effect<unknown, unknown, Stored>
  const cases: ReadonlyArray<
    readonly [NoWorkReason, title: string, Record<number, ReadonlyArray<number>>, ReadonlyArray<Act>]
  > = [
    ["all_claimed", "every step is claimed", { 1: [] }, [() => hq.take("b")]],
    [
      "all_claimed",
      "what is not done is in progress",
      { 1: [], 2: [] },
      [() => hq.finish("b"), () => hq.takeAndStart("b")]
    ],
    [
      "all_claimed",
      "some are held and the others failed",
      { 1: [], 2: [] },
      [() => hq.failNext("b"), () => hq.take("b")]
    ],
    ["all_blocked", "the rest waits for a claimed step", { 1: [], 2: [1] }, [() => hq.take("b")]],
    ["all_blocked", "the rest waits for a step in progress", { 1: [], 2: [1] }, [() => hq.takeAndStart("b")]],
    ["all_done", "every step is completed", { 1: [], 2: [1] }, [() => hq.finish("b"), () => hq.finish("b")]],
    ["all_done", "every step is merged", { 1: [] }, [() => hq.finish("b"), merge]],
    ["failed_upstream", "the rest waits for a failed step", { 1: [], 2: [1] }, [() => hq.failNext("b")]],
    ["all_failed", "what is not done has failed", { 1: [], 2: [] }, [() => hq.finish("b"), () => hq.failNext("b")]],
    ["project_aborted", "the project is aborted", { 1: [] }, [abort]],
    ["project_aborted", "the project is aborted, with held steps", { 1: [], 2: [] }, [() => hq.take("b"), abort]]
  ]

  for (const [reason, title, graph, acts] of cases) {
    test(
      `is ${reason} where ${title}`,
      Effect.gen(function* () {
        yield* hq.create("p", graph)
        for (const act of acts) yield* act()
        // What is in the way has tests of its own.
        const { blocked_by: _, ...answer } = yield* hq.answer({ project: "p", agent_id: "a" }).pipe(writesNothing)
        const retry = reason === "all_claimed" || reason === "all_blocked" ? { retry_after_seconds: 30 } : {}
        assert.deepStrictEqual(answer, { step: null, reason, ...retry })
        assert.isEmpty((yield* hq.available({ project: "p" })).steps)
      })
    )
  }
})

describe("reason of no work", () => {
  it("is all_blocked where steps wait for each other in a circle, which only a person can make", () => {
    assert.strictEqual(
      reasonOfNoWork([{ status: "not_started", scope: "api", steps: 2, has_ready: 0 }], undefined),
      "all_blocked"
    )
  })

  it("is all_done where there are no steps left", () => {
    assert.strictEqual(reasonOfNoWork([], undefined), "all_done")
  })
})

suite("no work in any project", (test) => {
  const reason = Effect.suspend(() =>
    Effect.map(hq.answer({ agent_id: "a" }).pipe(writesNothing), (answer) => answer.reason)
  )

  test(
    "is all_done where there is none, or none with anything left",
    Effect.gen(function* () {
      assert.strictEqual(yield* reason, "all_done")
      yield* hq.create("p", { 1: [] })
      yield* hq.finish("a")
      assert.strictEqual(yield* reason, "all_done")
    })
  )

  test(
    "is project_paused where only paused ones have something left",
    Effect.gen(function* () {
      yield* hq.create("p", { 1: [] })
      yield* hq.create("q", { 1: [] })
      yield* hq.updateProject({ name: "p", status: "paused" })
      yield* hq.finish("a", { project: "q" })
      assert.strictEqual(yield* reason, "project_paused")
    })
  )

  test(
    "says what holds for the active ones together",
    Effect.gen(function* () {
      yield* hq.create("p", { 1: [], 2: [1] })
      yield* hq.create("q", { 1: [] })
      yield* hq.failNext("a")
      yield* hq.take("b", { project: "q" })
      assert.strictEqual(yield* reason, "all_blocked")
      yield* hq.updateProject({ name: "q", status: "aborted" })
      assert.strictEqual(yield* reason, "failed_upstream")
    })
  )
})
