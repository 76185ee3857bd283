import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type { NoWorkReason } from "../../../../src/domain/Claim.ts"
import type { ProjectStatus } from "../../../../src/domain/Status.ts"
import { reasonAnywhere, reasonOfNoWork } from "../../../../src/layers/steps/claim/noWork.ts"
import { fields, hq } from "../../../support/hq.ts"
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

  it("is no_steps if there are none, which only a person can make, and none counts as done", () => {
    const none = { status: "completed", scope: "api", steps: 0, has_ready: 0 } as const
    for (const counts of [[], [none]]) {
      assert.strictEqual(reasonOfNoWork(counts, undefined), "no_steps")
      assert.strictEqual(reasonOfNoWork(counts, ["api"]), "no_steps")
    }
    assert.strictEqual(reasonAnywhere([], ["api"]), "no_steps")
  })

  it("is no_such_scope if only running totals of 0 have the scope", () => {
    const counts = [
      { status: "completed", scope: "api", steps: 1, has_ready: 0 },
      { status: "not_started", scope: "ui", steps: 0, has_ready: 0 }
    ] as const
    assert.strictEqual(reasonOfNoWork(counts, ["ui"]), "no_such_scope")
    assert.strictEqual(reasonOfNoWork(counts, ["api"]), "all_done")
    assert.strictEqual(reasonOfNoWork(counts, ["ui", "api"]), "no_such_scope")
  })

  it.each<[NoWorkReason, ReadonlyArray<ProjectStatus>]>([
    ["all_done", ["completed"]],
    ["all_done", ["completed", "aborted"]],
    ["project_paused", ["completed", "paused"]],
    ["project_aborted", ["aborted"]]
  ])("over all projects is %s if those with the scope are %s", (reason, statuses) => {
    const everywhere = statuses.map((status) => ({ status, scope: "api" }))
    assert.strictEqual(reasonAnywhere(everywhere, undefined), reason)
    assert.strictEqual(reasonAnywhere([...everywhere, { status: "active", scope: "ui" }], ["api"]), reason)
  })
})

suite("no work in any project", (test) => {
  const reason = Effect.suspend(() =>
    Effect.map(hq.answer({ agent_id: "a" }).pipe(writesNothing), (answer) => answer.reason)
  )

  test(
    "is no_projects before the first one is stored, and all_done once all is done",
    Effect.gen(function* () {
      assert.deepStrictEqual(fields(yield* hq.answer({ agent_id: "a", scopes: ["ui"] })), {
        step: null,
        reason: "no_projects",
        retry_after_seconds: 30
      })
      assert.strictEqual(yield* reason, "no_projects")
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
    "is no_such_scope if no project has it, and names those that exist, as far as they fit",
    Effect.gen(function* () {
      yield* hq.create("p", { 1: [] })
      const steps = Array.from({ length: 25 }, (_, at) => ({
        step_num: at + 1,
        branch: `b${at}`,
        scope: `s${at + 10}`
      }))
      yield* hq.createProject({ name: "q", base_commit: "c", steps })
      const ask = (project?: string) =>
        hq.answer({ agent_id: "a", scopes: ["frontned"], ...(project ? { project } : {}) })
      const unknown = { step: null, reason: "no_such_scope", unknown_scopes: ["frontned"] }
      assert.deepStrictEqual(fields(yield* ask("p")), { ...unknown, scopes: ["api"] })
      const { scopes = [], scopes_more, ...answer } = yield* ask()
      assert.deepStrictEqual(fields(answer), unknown)
      assert.deepStrictEqual(scopes.slice(0, 2), ["api", "s10"])
      assert.strictEqual(scopes.length, 20)
      assert.strictEqual(scopes_more, 6)
      yield* hq.finish("a")
      assert.strictEqual((yield* hq.answer({ agent_id: "a", scopes: ["api"] })).reason, "all_done")
    })
  )

  test(
    "names an unknown scope beside those that exist, whatever the reason is",
    Effect.gen(function* () {
      yield* hq.create("p", { 1: [] })
      yield* hq.createProject({ name: "q", base_commit: "c", steps: [{ step_num: 1, branch: "b", scope: "docs" }] })
      yield* hq.finish("a", { project: "q" })
      yield* hq.take("a")
      const ask = (project: string | undefined, ...scopes: ReadonlyArray<string>) =>
        Effect.map(hq.answer({ agent_id: "b", scopes, ...(project ? { project } : {}) }), (claim) => {
          const { blocked_by: _, retry_after_seconds: __, ...answer } = claim
          return fields(answer)
        })
      const everywhere = { step: null, unknown_scopes: ["ap"], scopes: ["api", "docs"] }
      assert.deepStrictEqual(yield* ask(undefined, "ap", "api"), { ...everywhere, reason: "all_claimed" })
      assert.deepStrictEqual(yield* ask(undefined, "ap", "docs"), { ...everywhere, reason: "no_such_scope" })
      assert.deepStrictEqual(yield* ask(undefined, "docs"), { step: null, reason: "all_done" })
      // Only a completed project has docs.
      assert.deepStrictEqual(yield* ask(undefined, "docs", "api"), { step: null, reason: "all_claimed" })
      const inProject = { step: null, unknown_scopes: ["docs"], scopes: ["api"], reason: "all_claimed" }
      assert.deepStrictEqual(yield* ask("p", "docs", "api"), inProject)
      yield* hq.updateProject({ name: "p", status: "aborted" })
      assert.deepStrictEqual(yield* ask(undefined, "api"), { step: null, reason: "project_aborted" })
      assert.deepStrictEqual(yield* ask(undefined, "ap", "api"), { ...everywhere, reason: "no_such_scope" })
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
