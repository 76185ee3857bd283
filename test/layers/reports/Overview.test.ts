import { assert } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as TestClock from "effect/TestClock"
import { fields, free, hq, plan, refused } from "../../support/hq.ts"
import { rows } from "../../support/rows.ts"
import { suite } from "../../support/storages.ts"

const needs = (project?: string) =>
  Effect.map(hq.status({ project }), (report) => report.needs.map(({ kind, step_num }) => [kind, step_num]))

suite("the status", (test) => {
  test(
    "lists what is active or paused, the highest priority first, and one project whatever it is",
    Effect.gen(function* () {
      for (const name of ["a", "b", "c", "d"]) yield* hq.create(name, { 1: [] })
      yield* hq.updateProject({ name: "a", priority: 3, status: "paused" })
      yield* hq.updateProject({ name: "b", status: "aborted" })
      yield* hq.finish("x", { project: "c" })
      const names = (project?: string) =>
        Effect.map(hq.status({ project }), ({ projects }) => projects.map((one) => one.project.name))
      assert.deepStrictEqual(yield* names(), ["a", "d"])
      assert.deepStrictEqual(yield* names("b"), ["b"])
      assert.isUndefined((yield* hq.status({ project: "c" })).projects[0]?.remaining)
      assert.strictEqual((yield* refused(hq.status({ project: "e" })))._tag, "NotFound")
    })
  )

  test(
    "counts projects that it leaves out",
    Effect.gen(function* () {
      for (let number = 1; number <= 53; number++) yield* hq.create(`p${number}`, { 1: [] })
      yield* hq.updateProject({ name: "p53", status: "paused" })
      const { projects, projects_more } = yield* hq.status({})
      assert.deepStrictEqual([projects.length, projects_more], [50, 3])
    })
  )

  test(
    "tells failed steps from those without attempts left, and what waits for them",
    Effect.gen(function* () {
      yield* hq.create("p", { 1: [], 2: [1], 3: [2], 4: [] })
      yield* hq.failNext("a", { step_num: 4 }, "x".repeat(400))
      yield* TestClock.adjust("1 minute")
      const { id } = yield* hq.failNext("a", { step_num: 1 })
      const [first, second] = (yield* hq.status({})).needs
      assert.deepInclude(fields(first as object), { kind: "failed", step_num: 1, why: "no disk", blocks_count: 2 })
      assert.deepStrictEqual([second?.step_num, second?.why?.length], [4, 300])
      assert.isBelow(Date.parse(String(second?.since)), Date.parse(String(first?.since)))
      yield* rows("UPDATE $steps SET lost_attempts = 3 WHERE id = ?", [id])
      assert.deepStrictEqual((yield* needs())[0], ["out_of_attempts", 1])
    })
  )

  test(
    "tells lively, quiet and silent holders apart",
    Effect.gen(function* () {
      yield* hq.create("p", free(3))
      const liveness = Effect.map(hq.status({}), ({ at_work }) => at_work.map((step) => [step.agent_id, step.liveness]))
      yield* hq.take("a")
      yield* TestClock.adjust("10 minutes")
      yield* hq.take("b")
      yield* TestClock.adjust("2 minutes")
      yield* hq.take("c")
      assert.deepStrictEqual(yield* liveness, [
        ["a", "quiet"],
        ["b", "quiet"],
        ["c", "lively"]
      ])
      yield* TestClock.adjust("3 minutes")
      assert.deepStrictEqual((yield* liveness)[0], ["a", "silent"])
      assert.deepStrictEqual(yield* needs(), [["silent", 1]])
    })
  )

  test(
    "says what stands still: merges, paused projects, and plans without a way on",
    Effect.gen(function* () {
      yield* hq.createProject({ ...plan("merges", { 1: [], 2: [1], 3: [] }), unblock_on: "merged" })
      yield* hq.finish("a", { project: "merges" })
      yield* hq.finish("a", { project: "merges" })
      assert.deepStrictEqual(yield* needs("merges"), [["unmerged", 1]])
      assert.deepStrictEqual((yield* hq.status({ project: "merges" })).projects[0]?.remaining, { chain: 1 })

      yield* hq.create("paused", { 1: [] })
      yield* hq.updateProject({ name: "paused", status: "paused" })
      yield* TestClock.adjust("1 hour")
      yield* hq.updateProject({ name: "paused", priority: 1 })
      const [paused] = (yield* hq.status({ project: "paused" })).needs
      assert.strictEqual(paused?.kind, "paused")
      const [event] = yield* rows<{ timestamp: string }>(
        "SELECT timestamp FROM $agent_events WHERE event_type = 'updated' ORDER BY id LIMIT 1"
      )
      assert.strictEqual(paused?.since, event?.timestamp)

      // Only a person at the shell makes a circle.
      yield* hq.create("circle", { 1: [], 2: [1] })
      const [one, two] = yield* rows<{ id: number }>(
        "SELECT s.id FROM $steps s JOIN $projects p ON p.id = s.project_id WHERE p.name = 'circle' ORDER BY s.step_num"
      )
      yield* rows("INSERT INTO $dependencies VALUES (?, ?)", [one?.id as number, two?.id as number])
      assert.deepStrictEqual(yield* needs("circle"), [["stuck", undefined]])
    })
  )

  test(
    "foretells the end from the estimates, less the time spent",
    Effect.gen(function* () {
      const [one, two, three] = plan("p", { 1: [], 2: [1], 3: [] }).steps
      const steps = [
        { ...one, estimate_minutes: 60 },
        { ...two, estimate_minutes: 30 },
        { ...three, estimate_minutes: 80 }
      ]
      yield* hq.createProject({ name: "p", base_commit: "abc123", steps: steps as never })
      const minutes = Effect.map(hq.status({}), ({ projects: [p] }) => p?.remaining?.minutes)
      assert.strictEqual(yield* minutes, 90)
      yield* hq.take("a", { step_num: 1 })
      yield* TestClock.adjust("5 minutes")
      assert.strictEqual(yield* minutes, 85)
      yield* TestClock.adjust("20 minutes")
      assert.strictEqual(yield* minutes, 80)
      const { ready } = yield* hq.status({})
      assert.deepStrictEqual(
        ready.map(({ estimate_minutes, step_num }) => [step_num, estimate_minutes]),
        [[3, 80]]
      )
    })
  )
})

suite("agents and the queue", (test) => {
  test(
    "show who holds what, who waits since when, and what each has done",
    Effect.gen(function* () {
      yield* hq.create("p", free(3))
      yield* hq.finish("a")
      yield* hq.take("a")
      yield* hq.take("b")
      const waiting = yield* Effect.fork(hq.answer({ project: "p", agent_id: "c", scopes: ["API"], wait_seconds: 50 }))
      const also = yield* Effect.fork(hq.answer({ agent_id: "d", project: "p", wait_seconds: 40 }))
      yield* TestClock.adjust("1 second")
      const agents = yield* hq.agents
      assert.deepStrictEqual(
        agents.map(({ agent_id, completed, steps, waiting }) => [
          agent_id,
          completed,
          steps.map(({ step_num }) => step_num),
          waiting?.position
        ]),
        [
          ["a", 1, [2], undefined],
          ["b", 0, [3], undefined],
          ["c", 0, [], 1],
          ["d", 0, [], 2]
        ]
      )
      const [first, second] = yield* hq.queue
      assert.deepInclude(fields(first as object), { agent_id: "c", project: "p" })
      assert.include(first?.scopes ?? [], "api")
      assert.isUndefined(second?.scopes)
      assert.strictEqual((yield* hq.status({})).waiting, 2)
      assert.strictEqual((yield* hq.status({ project: "p" })).waiting, 2)
      yield* Fiber.interruptAll([waiting, also])
      assert.deepStrictEqual(yield* hq.queue, [])
    })
  )
})

suite("events with names", (test) => {
  test(
    "come in order: the latest ones, or the first after a known one",
    Effect.gen(function* () {
      yield* hq.create("p", free(2))
      yield* hq.create("q", free(1))
      yield* hq.take("a")
      yield* hq.take("b")
      yield* hq.take("a", { project: "q" })
      const of = (request: object) =>
        Effect.map(hq.namedEvents({ limit: 2, ...request }), (events) =>
          events.map(({ agent_id, event_type, project, step_num }) => [agent_id, event_type, `${project}#${step_num}`])
        )
      const [a, b, aOfQ] = [
        ["a", "claimed", "p#1"],
        ["b", "claimed", "p#2"],
        ["a", "claimed", "q#1"]
      ]
      assert.deepStrictEqual(yield* of({}), [b, aOfQ])
      assert.deepStrictEqual(yield* of({ project: "p" }), [a, b])
      assert.deepStrictEqual(yield* of({ agent_id: "a", project: "p" }), [a])
      const [first] = yield* hq.namedEvents({ limit: 3 })
      assert.deepStrictEqual(yield* of({ after: first?.id, limit: 1 }), [b])
      assert.deepStrictEqual(yield* of({ after: first?.id, limit: 9 }), [b, aOfQ])
      assert.strictEqual((yield* refused(hq.namedEvents({ limit: 1, project: "x" })))._tag, "NotFound")
    })
  )
})

suite("overlaps of a project", (test) => {
  test(
    "are pairs of steps that are held or not merged, none of which builds on the other",
    Effect.gen(function* () {
      const files = [["src/**"], ["src/a.ts"], ["docs"], ["src/a.ts", "docs"], ["src/b.ts"]]
      const steps = Object.entries({ 1: [], 2: [1], 3: [], 4: [], 5: [] }).map(([num, depends_on], at) => ({
        ...{ step_num: Number(num), branch: `b${num}`, scope: "api", depends_on, files: files[at] as Array<string> }
      }))
      yield* hq.createProject({ name: "p", base_commit: "abc123", steps })
      assert.deepStrictEqual(yield* hq.overlaps("p"), [])
      yield* hq.finish("a", { step_num: 1 })
      for (const step_num of [2, 3, 4]) yield* hq.take(`a${step_num}`, { step_num, allow_overlap: true })
      const pairs = (yield* hq.overlaps("p")).map((one) => [one.step_num, one.file, one.other.step_num, one.other_file])
      assert.deepStrictEqual(pairs, [
        [2, "src/a.ts", 4, "src/a.ts"],
        [3, "docs", 4, "docs"],
        [1, "src/**", 4, "src/a.ts"]
      ])
    })
  )
})
