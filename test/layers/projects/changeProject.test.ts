import { assert } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { free, hq, plan } from "../../support/hq.ts"
import { rows, writesNothing } from "../../support/rows.ts"
import { anotherProcess, suite, violations } from "../../support/storages.ts"
import { driven } from "../../support/waiting.ts"

const p = { name: "p" }

suite("updating a project", (test) => {
  test(
    "changes what is named, and nothing else",
    Effect.gen(function* () {
      const before = yield* hq.create("p", { 1: [] })
      const after = yield* hq.updateProject({ ...p, priority: 7 })
      assert.deepStrictEqual({ ...after }, { ...before, priority: 7 })
      assert.deepStrictEqual({ ...(yield* hq.updateProject(p).pipe(writesNothing)) }, { ...after })
      const renamed = yield* hq.updateProject({ ...p, new_name: "q", unblock_on: "merged" })
      assert.deepStrictEqual({ ...renamed }, { ...after, name: "q", unblock_on: "merged" })
      assert.strictEqual((yield* hq.take("a", { project: "q" })).project_id, 1)
    })
  )

  test(
    "tells who changed what, from what to what",
    Effect.gen(function* () {
      yield* hq.create("p", { 1: [] })
      yield* hq.updateProject({ ...p, new_name: "q", priority: 7, unblock_on: "completed", agent_id: "lead" })
      const [event] = (yield* hq.events({ project: "q" })).events
      assert.deepInclude({ ...event } as object, {
        agent_id: "lead",
        project_id: 1,
        event_type: "updated",
        metadata: { project: "p", from: { name: "p", priority: 0 }, to: { name: "q", priority: 7 } }
      })
      assert.notProperty(event, "step_id")
    })
  )

  test(
    "is refused where there is none of that name, or the new one is taken",
    Effect.gen(function* () {
      for (const name of ["p", "q"]) yield* hq.create(name, { 1: [] })
      const missing = yield* hq.updateProject({ name: "r", priority: 1 }).pipe(Effect.flip, writesNothing)
      assert.strictEqual(missing._tag, "NotFound")
      const taken = yield* hq.updateProject({ ...p, new_name: "q", priority: 1 }).pipe(Effect.flip, writesNothing)
      assert.strictEqual(taken._tag, "Conflict")
      assert.include(taken.message, '"q" exists already')
      const twin = yield* hq.updateProject({ ...p, new_name: "Q" }).pipe(Effect.flip, writesNothing)
      assert.include(twin.message, 'A project named "q" exists already, from which "Q" differs in case alone.')
      for (const new_name of ["p", "P"])
        assert.strictEqual((yield* hq.updateProject({ ...p, new_name })).name, new_name)
    })
  )

  test(
    "paused: no new claims, but what is held goes on; active again: it goes on where it was",
    Effect.gen(function* () {
      yield* hq.create("p", { 1: [], 2: [], 3: [1] })
      const held = yield* hq.takeAndStart("a")
      assert.strictEqual((yield* hq.updateProject({ ...p, status: "paused" })).status, "paused")
      assert.deepStrictEqual(yield* hq.answer({ project: "p", agent_id: "b" }), {
        step: null,
        reason: "project_paused"
      })
      assert.deepStrictEqual((yield* hq.available({ project: "p" })).steps, [])
      const error = yield* Effect.flip(hq.answer({ project: "p", step_id: 2, agent_id: "b" }))
      assert.include(error.message, "is paused")
      yield* hq.complete({ step_id: held.id, agent_id: "a", commit_hash: "c" })
      assert.strictEqual((yield* hq.listProjects({ status: "paused" })).projects.length, 1)
      yield* hq.updateProject({ ...p, status: "active" })
      assert.strictEqual((yield* hq.take("b")).step_num, 2)
    })
  )

  test(
    "active becomes completed by itself where nothing is left to do",
    Effect.gen(function* () {
      yield* hq.create("p", { 1: [] })
      const held = yield* hq.takeAndStart("a")
      yield* hq.updateProject({ ...p, status: "paused" })
      yield* hq.complete({ step_id: held.id, commit_hash: "c" })
      assert.strictEqual((yield* hq.getProject(p)).project.status, "paused")
      assert.strictEqual((yield* hq.updateProject({ ...p, status: "active" })).status, "completed")
      assert.strictEqual((yield* hq.updateProject({ ...p, priority: 1 })).status, "completed")
    })
  )

  test(
    "aborted can be taken back",
    Effect.gen(function* () {
      yield* hq.create("p", { 1: [] })
      yield* hq.updateProject({ ...p, status: "aborted" })
      assert.strictEqual((yield* hq.answer({ project: "p", agent_id: "a" })).reason, "project_aborted")
      yield* hq.updateProject({ ...p, status: "active" })
      yield* hq.take("a")
    })
  )
})

suite("deleting a project", (test) => {
  const tables = [
    "projects",
    "steps",
    "dependencies",
    "failed_steps_history",
    "claim_requests",
    "step_counts",
    "agent_counts"
  ]
  const left = Effect.suspend(() =>
    Effect.map(
      Effect.forEach(tables, (name) => rows<{ n: number }>(`SELECT count(*) AS n FROM $${name}`)),
      (counts) => counts.map(([row]) => row?.n)
    )
  )

  /** A project with something in every table. */
  const worked = (name: string) =>
    Effect.gen(function* () {
      yield* hq.create(name, { 1: [], 2: [1], 3: [1, 2] })
      const { id } = yield* hq.failNext("a", { project: name })
      yield* hq.recoverFailed(id)
      yield* hq.finish("a", { project: name })
      yield* hq.answer({ project: name, agent_id: "a", request_id: name })
    })

  for (const foreignKeys of ["ON", "OFF"]) {
    test(
      `takes all that is its own along, and says how much; foreign keys ${foreignKeys}`,
      Effect.gen(function* () {
        yield* rows(`PRAGMA foreign_keys = ${foreignKeys}`)
        yield* worked("q")
        const before = yield* left
        const events = (yield* hq.events({})).events.length
        yield* worked("p")
        const told = yield* hq.deleteProject({ ...p, force: true })
        assert.deepStrictEqual<unknown>(told, { name: "p", steps: 3, dependencies: 3, failed_attempts: 1, claims: 1 })
        assert.deepStrictEqual(yield* left, before)
        const [deletion, ...kept] = (yield* hq.events({})).events
        assert.deepInclude({ ...deletion } as object, {
          agent_id: "a",
          event_type: "deleted",
          metadata: {
            project: "p",
            project_id: 2,
            steps: 3,
            dependencies: 3,
            failed_attempts: 1,
            claims: 1,
            forced: true
          }
        })
        assert.strictEqual(kept.length, 2 * events)
        for (const event of kept.slice(0, events)) {
          assert.notProperty(event, "project_id")
          assert.notProperty(event, "step_id")
        }
        assert.strictEqual((yield* Effect.flip(hq.getProject(p)))._tag, "NotFound")
        assert.deepInclude(yield* hq.metrics({ agent_id: "a" }), { steps_completed: 1 })
        yield* worked("p")
      })
    )
  }

  test(
    "is refused while steps are held, naming them, unless it is forced",
    Effect.gen(function* () {
      yield* hq.create("p", { 1: [], 2: [], 3: [] })
      yield* hq.take("a")
      const { id } = yield* hq.takeAndStart("b")
      const error = yield* hq.deleteProject(p).pipe(Effect.flip, writesNothing)
      assert.strictEqual(error._tag, "Conflict")
      assert.include(error.message, "step 1 (id 1) by a, step 2 (id 2) by b")
      assert.include(error.message, "force: true")
      assert.strictEqual((yield* hq.deleteProject({ ...p, force: true })).claims, 2)
      const late = yield* Effect.flip(hq.complete({ step_id: id, commit_hash: "c" }))
      assert.strictEqual(late._tag, "NotFound")
    })
  )

  test(
    "is not refused where nothing is held",
    Effect.gen(function* () {
      yield* hq.create("p", { 1: [], 2: [1] })
      yield* hq.finish("a")
      assert.strictEqual((yield* hq.deleteProject({ ...p, agent_id: "lead" })).claims, 0)
      const [deletion] = (yield* hq.events({})).events
      assert.deepInclude({ ...deletion } as object, { agent_id: "lead", event_type: "deleted" })
      assert.notProperty(deletion?.metadata, "forced")
      assert.strictEqual((yield* Effect.flip(hq.deleteProject(p)))._tag, "NotFound")
    })
  )

  test(
    "names some of many claims",
    Effect.gen(function* () {
      yield* hq.create("p", free(25))
      for (let count = 0; count < 22; count++) yield* hq.take("a")
      const { message } = yield* Effect.flip(hq.deleteProject(p))
      assert.include(message, "step 20 (id 20) by a, …")
    })
  )

  test(
    "frees what waited for its steps, which only a person can have made",
    Effect.gen(function* () {
      yield* hq.createProject({ ...plan("p", { 1: [] }), unblock_on: "merged" })
      yield* hq.create("q", { 1: [] })
      yield* rows("INSERT INTO $dependencies (step_id, depends_on_step_id) VALUES (2, 1)")
      yield* hq.finish("a")
      assert.isNull((yield* hq.answer({ project: "q", agent_id: "a" })).step)
      yield* hq.deleteProject(p)
      yield* hq.take("a", { project: "q" })
    })
  )

  /** The project has more events than one transaction lets go of. */
  const eventful = Effect.gen(function* () {
    yield* worked("p")
    yield* rows(`
      INSERT INTO $agent_events (agent_id, project_id, step_id, event_type, timestamp, format)
      WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000)
      SELECT 'a', 1, 1, 'heartbeat', '2026-01-01T12:00:00.000Z', 9 FROM n`)
  })

  const attached = Effect.map(
    rows<{ n: number }>("SELECT count(*) AS n FROM $agent_events WHERE project_id IS NOT NULL OR step_id IS NOT NULL"),
    ([row]) => row?.n
  )

  test(
    "goes on in batches if the project has much to let go of",
    Effect.gen(function* () {
      yield* eventful
      yield* driven(hq.deleteProject({ ...p, force: true }))
      assert.deepStrictEqual(yield* left, [0, 0, 0, 0, 0, 0, 0])
      assert.strictEqual(yield* attached, 0)
    })
  )

  test(
    "is finished by a sweep if the process ends in the middle; until then nobody finds the project, and its name is free",
    Effect.gen(function* () {
      yield* eventful
      const call = yield* Effect.fork(hq.deleteProject({ ...p, force: true }))
      while ((yield* hq.listProjects({})).projects.length > 0) yield* Effect.yieldNow()
      yield* Fiber.interrupt(call)
      assert.isAbove((yield* attached) ?? 0, 0)
      assert.strictEqual((yield* Effect.flip(hq.getProject(p)))._tag, "NotFound")
      assert.strictEqual((yield* Effect.flip(hq.getProject({ name: "-deleted 1" })))._tag, "NotFound")
      assert.deepInclude(yield* hq.answer({ agent_id: "b" }), { step: null, reason: "no_projects" })
      assert.isEmpty((yield* hq.heldBy({ agent_id: "a" })).steps)
      assert.deepInclude(yield* hq.metrics({}), { total_steps: 0, steps_completed: 0 })
      assert.deepInclude(yield* hq.metrics({ agent_id: "a" }), { steps_completed: 0 })
      yield* hq.create("p", { 1: [] })
      assert.deepStrictEqual(
        (yield* hq.listProjects({})).projects.map(({ name }) => name),
        ["p"]
      )
      yield* driven(Effect.provide(hq.sweep, yield* anotherProcess))
      assert.deepStrictEqual(yield* left, [1, 1, 0, 0, 0, 1, 0])
      assert.strictEqual(yield* attached, 0)
      assert.deepStrictEqual(yield* violations, [])
    })
  )
})
