import { assert } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as TestClock from "effect/TestClock"
import { Project } from "../../../src/domain/Entities.ts"
import type { StepDefinition } from "../../../src/domain/Requests.ts"
import { cpuTime } from "../../support/cpuTime.ts"
import { hq, pages, plan, refused } from "../../support/hq.ts"
import { rows, writesNothing } from "../../support/rows.ts"
import { suite } from "../../support/storages.ts"

const step = (step_num: number, depends_on: ReadonlyArray<number> = []): StepDefinition => ({
  step_num,
  branch: `step${step_num}/work`,
  scope: "api",
  depends_on
})

suite("creating a project", (test) => {
  test(
    "stores it with its steps, not started, at the clock's time",
    Effect.gen(function* () {
      yield* TestClock.setTime(Date.UTC(2026, 0, 18, 10, 30, 0, 7))
      const created = yield* hq.create("p", { 1: [], 2: [1], 3: [1, 2] })
      assert.instanceOf(created, Project)
      assert.deepStrictEqual({ ...created } as object, {
        id: 1,
        name: "p",
        base_commit: "abc123",
        created_at: "2026-01-18T10:30:00.007Z",
        status: "active",
        priority: 0,
        unblock_on: "completed",
        revision: 1,
        total_steps: 3,
        step_counts: { not_started: 3 }
      })
      const page = yield* hq.getProject({ name: "p" })
      assert.deepStrictEqual(page.project, created)
      assert.notProperty(page, "next_cursor")
      assert.deepStrictEqual(
        page.steps.map(({ attempt, branch, depends_on, scope, status, step_num }) => ({
          step_num,
          branch,
          scope,
          status,
          attempt,
          depends_on
        })),
        [1, 2, 3].map((num) => ({
          step_num: num,
          branch: `step${num}/work`,
          scope: "api",
          status: "not_started" as const,
          attempt: 0,
          depends_on: [[], [1], [1, 2]][num - 1]
        }))
      )
    })
  )

  test(
    "takes steps in any order, and dependencies named twice or not at all",
    Effect.gen(function* () {
      const bare = { step_num: 9, branch: "b", scope: "ui" }
      yield* hq.createProject({ ...plan("p", {}), steps: [step(5, [9, 9, 2]), bare, step(2)] })
      const { steps } = yield* hq.getProject({ name: "p" })
      assert.deepStrictEqual(
        steps.map(({ depends_on, step_num }) => [step_num, depends_on]),
        [
          [2, []],
          [5, [2, 9]],
          [9, []]
        ]
      )
    })
  )

  test(
    "keeps names and branches as they were sent",
    Effect.gen(function* () {
      const odd = `'; DROP TABLE steps; -- 🙂 "\\ ?1 :a %_`
      yield* hq.createProject({ name: odd, base_commit: odd, steps: [{ ...step(1), branch: odd, scope: odd }] })
      const found = yield* hq.getProject({ name: odd })
      assert.deepInclude(found.project, { name: odd, base_commit: odd })
      assert.deepInclude(found.steps[0], { branch: odd, scope: odd })
    })
  )

  test(
    "names every fault of the graph, and stores nothing",
    Effect.gen(function* () {
      const request = { ...plan("p", {}), steps: [step(1, [2]), step(2, [1]), step(3), step(3, [3, 8])] }
      const error = yield* hq.createProject(request).pipe(Effect.flip, writesNothing)
      assert.strictEqual(error._tag, "InvalidInput")
      for (const says of ["already used", "depend on itself", "no step 8", "cycle"]) assert.include(error.message, says)
      yield* hq.create("p", { 1: [] })
    })
  )

  test(
    "stores nothing where storage refuses the last of it",
    Effect.gen(function* () {
      yield* rows(`CREATE TRIGGER refuse BEFORE INSERT ON $dependencies BEGIN SELECT RAISE(ABORT, 'no'); END`)
      const exit = yield* hq.create("p", { 1: [], 2: [1] }).pipe(Effect.exit, writesNothing)
      assert.strictEqual(exit._tag, "Failure")
      yield* rows("DROP TRIGGER refuse")
      yield* hq.create("p", { 1: [], 2: [1] })
    })
  )

  test(
    "warns of branches that git refuses, and of those that several steps have",
    Effect.gen(function* () {
      const steps = ["main", "a..b", "main"].map((branch, index) => ({ ...step(index + 1), branch }))
      const created = yield* hq.createProject({ name: "p", base_commit: "abc", steps })
      assert.deepStrictEqual(created.warnings, [
        'The branch "main" is that of steps 1, 3: git checks it out in one worktree at a time.',
        'Git refuses the branch "a..b" of step 2: it contains two dots in a row. Change it with update_plan.'
      ])
      // Steps of another project have worktrees of another repository, as far as hq knows.
      assert.notProperty(
        yield* hq.createProject({ name: "q", base_commit: "abc", steps: steps.slice(0, 1) }),
        "warnings"
      )
      assert.notProperty((yield* hq.getProject({ name: "p" })).project, "warnings")
    })
  )

  test(
    "is refused where the name is taken, whatever else it says",
    Effect.gen(function* () {
      yield* hq.create("p", { 1: [] })
      const error = yield* hq.create("p", { 1: [], 2: [] }).pipe(Effect.flip, writesNothing)
      assert.strictEqual(error._tag, "Conflict")
      assert.include(error.message, '"p" exists already')
      assert.include(error.message, "get_project")
    })
  )

  test(
    "is refused where the name differs from another in case alone",
    Effect.gen(function* () {
      yield* hq.create("Ärger", { 1: [] })
      for (const name of ["ärger", "ÄRGER", "ärGER"]) {
        const { _tag, message } = yield* hq.create(name, { 1: [] }).pipe(refused, writesNothing)
        assert.strictEqual(_tag, "Conflict")
        assert.strictEqual(
          message,
          `A project named "Ärger" exists already, from which "${name}" differs in case alone. Call get_project to see it, or create_project with another name.`
        )
      }
      yield* hq.create("Arger", { 1: [] })
    })
  )

  test(
    "takes the largest plan, in a time that grows with it and no faster",
    Effect.gen(function* () {
      const chain = (length: number) => ({
        ...plan(`chain of ${length}`, {}),
        steps: Array.from({ length }, (_, index) => step(index + 1, index === 0 ? [] : [index]))
      })
      // The small one first: where time grows with the square, the largest would block this process for hours.
      for (const [length, ms] of [
        [200, 500],
        [10_000, 5_000]
      ] as const) {
        const since = cpuTime()
        assert.strictEqual((yield* hq.createProject(chain(length))).total_steps, length)
        assert.isBelow(cpuTime() - since, ms, `${length} steps`)
      }
    })
  )
})

suite("getting a project", (test) => {
  test(
    "is refused where there is none of that name",
    Effect.gen(function* () {
      const error = yield* Effect.flip(hq.getProject({ name: "nowhere" }))
      assert.deepInclude({ ...error }, { _tag: "NotFound", entity: "project", key: "nowhere" })
      assert.strictEqual(error.message, 'There is no project named "nowhere". Call list_projects to see the names.')
    })
  )

  test(
    "pages through its steps in the order of their numbers",
    Effect.gen(function* () {
      yield* hq.create("other", { 1: [], 2: [] })
      yield* hq.create("p", { 3: [], 1: [], 20: [], 2147483647: [], 7: [] })
      for (const limit of [1, 2, 3, 4, 5, 6]) {
        const found = yield* pages(limit, (page) => hq.getProject({ name: "p", ...page }))
        assert.strictEqual(found.length, Math.ceil(5 / limit))
        assert.deepStrictEqual(
          found.flatMap(({ steps }) => steps.map(({ step_num }) => step_num)),
          [1, 3, 7, 20, 2_147_483_647]
        )
      }
    })
  )

  test(
    "gives as many steps as fit where no limit is named: few that are long, whole all the same",
    Effect.gen(function* () {
      yield* hq.createProject({ ...plan("p", {}), steps: Array.from({ length: 120 }, (_, index) => step(index + 1)) })
      const long = { 7: 60_000, 8: 1, 30: 500, 31: 5_000, 120: 20_000 }
      for (const [id, length] of Object.entries(long)) {
        yield* rows(`UPDATE $steps SET notes = '${"n".repeat(length)}' WHERE id = ${id}`)
      }
      const found = yield* pages(undefined, (page) => hq.getProject({ name: "p", ...page }))
      const sizes = found.map((page) => page.steps.length)
      assert.isAbove(sizes[1] ?? 0, 40)
      assert.isBelow(sizes[0] ?? 0, sizes[1] ?? 0)
      const all = yield* hq.getProject({ name: "p", limit: 1000 })
      assert.lengthOf(all.steps, 120)
      assert.deepStrictEqual(
        found.flatMap(({ steps }) => steps),
        all.steps
      )
    })
  )
})

suite("listing projects", (test) => {
  const names = (request: Parameters<typeof hq.listProjects>[0]) =>
    Effect.map(hq.listProjects(request), (page) => page.projects.map(({ name }) => String(name)))

  test(
    "is empty where there are none",
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* hq.listProjects({}), { projects: [] })
    })
  )

  test(
    "goes by falling priority, the newest first, page by page",
    Effect.gen(function* () {
      for (const name of ["a", "b", "c", "d", "e"]) yield* hq.create(name, { 1: [] })
      yield* rows("UPDATE $projects SET priority = 5 WHERE name IN ('a', 'c')")
      yield* rows("UPDATE $projects SET priority = -5 WHERE name = 'e'")
      const expected = ["c", "a", "d", "b", "e"]
      for (const limit of [1, 2, 3, 5, 6]) {
        const found = yield* pages(limit, hq.listProjects)
        assert.strictEqual(found.length, Math.ceil(5 / limit))
        assert.deepStrictEqual(
          found.flatMap((page) => page.projects.map(({ name }) => String(name))),
          expected
        )
        const active = yield* pages(limit, (page) => hq.listProjects({ status: "active", ...page }))
        assert.deepStrictEqual(
          active.flatMap((page) => page.projects.map(({ name }) => String(name))),
          expected
        )
      }
    })
  )

  test(
    "by status shows each project under what it is now",
    Effect.gen(function* () {
      for (const name of ["open", "done", "given up"]) yield* hq.create(name, { 1: [] })
      yield* hq.finish("a", { project: "done" })
      yield* rows("UPDATE $projects SET status = 'aborted' WHERE name = 'given up'")
      assert.deepStrictEqual(yield* names({ status: "active" }), ["open"])
      assert.deepStrictEqual(yield* names({ status: "completed" }), ["done"])
      assert.deepStrictEqual(yield* names({ status: "aborted" }), ["given up"])
      assert.deepStrictEqual(yield* names({}), ["given up", "done", "open"])
    })
  )

  test(
    "counts each project's steps by status",
    Effect.gen(function* () {
      yield* hq.create("p", { 1: [], 2: [], 3: [], 4: [] })
      yield* hq.create("q", { 1: [] })
      yield* hq.finish("a")
      yield* hq.answer({ project: "p", agent_id: "a" })
      const { projects: found } = yield* hq.listProjects({})
      assert.deepStrictEqual(
        found.map(({ step_counts, total_steps }) => ({ step_counts, total_steps })),
        [
          { total_steps: 1, step_counts: { not_started: 1 } },
          { total_steps: 4, step_counts: { completed: 1, claimed: 1, not_started: 2 } }
        ]
      )
    })
  )
})
