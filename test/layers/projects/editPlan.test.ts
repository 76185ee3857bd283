import { assert } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { hq } from "../../support/hq.ts"
import { add, defined, edit, planned } from "../../support/planEdits.ts"
import { rows, writesNothing } from "../../support/rows.ts"
import { suite } from "../../support/storages.ts"

const p = "p"

suite("editing a plan", (test) => {
  test(
    "warns of branches that git refuses, and of those that another open step has",
    Effect.gen(function* () {
      yield* hq.create("p", { 1: [], 2: [], 3: [] })
      yield* hq.create("q", { 1: [] })
      const step1 = { branch: "step1/work" }
      assert.deepStrictEqual((yield* edit(add(4, step1), add(5, { branch: "a b" }))).warnings, [
        'The branch "step1/work" is that of steps 1, 4: git checks it out in one worktree at a time.',
        'Git refuses the branch "a b" of step 5: it contains a blank. Change it with update_plan.'
      ])
      assert.notProperty(yield* edit({ op: "change", step_num: 5, priority: 1 }), "warnings")
      assert.lengthOf((yield* edit({ op: "change", step_num: 5, ...step1 })).warnings ?? [], 1)
      const into = [6, 7].map((step_num) => defined(step_num, { branch: "step3/work" }))
      assert.deepStrictEqual((yield* edit({ op: "split", step_num: 3, into })).warnings, [
        'The branch "step3/work" is that of steps 6, 7: git checks it out in one worktree at a time.'
      ])
      // Step 2 is done, and step 7 cancelled.
      yield* hq.finish("a", { step_num: 2 })
      assert.notProperty(yield* edit(add(8, { branch: "step2/work" })), "warnings")
      assert.notProperty(yield* edit({ op: "cancel", step_num: 7 }, add(9)), "warnings")
      assert.notProperty(yield* edit({ op: "change", step_num: 6, branch: "step3/work" }), "warnings")
    })
  )

  const tails = Effect.map(rows<{ tail_minutes: number }>("SELECT * FROM $steps ORDER BY step_num"), (all) =>
    all.map((row) => row.tail_minutes)
  )

  test(
    "adds steps with dependencies both ways, in any order",
    Effect.gen(function* () {
      yield* hq.create("p", { 1: [], 2: [1] })
      const updated = yield* edit(
        add(3, { depends_on: [4], needed_by: [2] }),
        add(4, { depends_on: [1], files: ["docs/**"], priority: 2, estimate_minutes: 7 })
      )
      assert.deepInclude({ ...updated }, { added: 2, changed: 1, cancelled: [], revision: 2, total_steps: 4 })
      assert.deepStrictEqual(yield* planned, {
        1: ["not_started"],
        2: ["not_started", 1, 3],
        3: ["not_started", 4],
        4: ["not_started", 1]
      })
      assert.deepStrictEqual(yield* tails, [28, 7, 14, 21])
      const { steps: all } = yield* hq.getProject({ name: p })
      assert.deepInclude({ ...all[3] }, { files: ["docs/**"], priority: 2, estimate_minutes: 7, scope: "api" })
      assert.strictEqual((yield* hq.answer({ project: "p", agent_id: "a" })).step?.step_num, 1)
      const { events } = yield* hq.events({ project: p })
      assert.deepStrictEqual(
        events
          .slice(1)
          .map(({ agent_id, event_type, metadata, step_id }) => ({ agent_id, event_type, metadata, step_id })),
        [
          { step_id: 2, event_type: "changed", metadata: { depends_on: [3] } },
          { step_id: 4, event_type: "added", metadata: { depends_on: [1] } },
          { step_id: 3, event_type: "added", metadata: { depends_on: [4] } }
        ].map(({ metadata, ...event }) => ({
          agent_id: "planner",
          ...event,
          metadata: { attempt: 0, revision: 2, ...metadata }
        })) as never
      )
    })
  )

  test(
    "opens a completed project again",
    Effect.gen(function* () {
      yield* hq.create("p", { 1: [] })
      yield* hq.finish("a")
      const updated = yield* edit(add(2, { depends_on: [1] }))
      assert.strictEqual(updated.status, "active")
      assert.strictEqual((yield* hq.answer({ project: "p", agent_id: "a" })).step?.step_num, 2)
    })
  )

  test(
    "changes what a step is to be",
    Effect.gen(function* () {
      yield* hq.create("p", { 1: [], 2: [1], 3: [2] })
      const fields = { branch: "other", scope: "ui", priority: 5, estimate_minutes: 9, files: ["a.ts"] }
      const updated = yield* edit({ op: "change", step_num: 3, ...fields, depends_on: [1] })
      assert.deepInclude({ ...updated }, { added: 0, changed: 1, revision: 2 })
      assert.deepInclude({ ...(yield* hq.getProject({ name: p })).steps[2] }, { ...fields, depends_on: [1] })
      assert.deepStrictEqual(yield* tails, [18, 9, 9])
      yield* edit({ op: "change", step_num: 3, files: [], depends_on: [] })
      const { step } = yield* hq.answer({ project: "p", agent_id: "a" })
      assert.strictEqual(step?.step_num, 3)
      assert.notProperty(step, "files")
    })
  )

  test(
    "that changes nothing leaves the revision as it is",
    Effect.gen(function* () {
      yield* hq.create("p", { 1: [], 2: [1] })
      const same = { op: "change", step_num: 2, scope: "api", depends_on: [1], files: [], priority: 0 }
      const updated = yield* writesNothing(edit(same))
      assert.deepInclude({ ...updated }, { added: 0, changed: 0, cancelled: [], revision: 1 })
    })
  )

  test(
    "cancels a step: its dependents follow, or drop the dependency, as the caller says",
    Effect.gen(function* () {
      yield* hq.create("p", { 1: [], 2: [1], 3: [2], 4: [1], 5: [4], 6: [] })
      const error = yield* writesNothing(Effect.flip(edit({ op: "cancel", step_num: 2 })))
      assert.strictEqual(error._tag, "InvalidInput")
      assert.include(error.message, "operations.0.dependents: must be follow or drop: steps 3 wait for it")
      const followed = yield* edit({ op: "cancel", step_num: 2, dependents: "follow" })
      assert.deepInclude({ ...followed }, { cancelled: [2, 3], total_steps: 4, changed: 0 })
      const dropped = yield* edit({ op: "cancel", step_num: 4, dependents: "drop" }, { op: "cancel", step_num: 6 })
      assert.deepInclude({ ...dropped }, { cancelled: [4, 6], total_steps: 2, changed: 1 })
      assert.deepStrictEqual(yield* planned, {
        1: ["not_started"],
        2: ["cancelled"],
        3: ["cancelled"],
        4: ["cancelled"],
        5: ["not_started"],
        6: ["cancelled"]
      })
      for (const _ of [1, 5]) yield* hq.finish("a")
      assert.strictEqual((yield* hq.answer({ project: "p", agent_id: "a" })).reason, "all_done")
      assert.strictEqual((yield* hq.getProject({ name: p })).project.status, "completed")
      assert.deepInclude(yield* hq.metrics({ project: p }), { total_steps: 2, completed: 2, not_started: 0 })
      const { events } = yield* hq.events({ project: p })
      const third = events.find(({ event_type, step_id }) => event_type === "cancelled" && step_id === 3)
      assert.deepStrictEqual(third?.metadata, { attempt: 0, revision: 2, followed: 2, depends_no_more_on: [2] })
    })
  )

  test(
    "splits a step: what it waits for comes before its parts, what waits for it after them",
    Effect.gen(function* () {
      yield* hq.create("p", { 1: [], 2: [1], 3: [2] })
      yield* edit({ op: "change", step_num: 2, priority: 4 })
      const parts = [4, 5, 6].map((step_num) => ({ step_num, branch: `b${step_num}`, scope: "ui" }))
      yield* edit({
        op: "split",
        step_num: 2,
        into: [parts[0], parts[1], { ...parts[2], depends_on: [4], priority: 1 }]
      })
      assert.deepStrictEqual(yield* planned, {
        1: ["not_started"],
        2: ["cancelled"],
        3: ["not_started", 5, 6],
        4: ["not_started", 1],
        5: ["not_started", 1],
        6: ["not_started", 4]
      })
      assert.deepStrictEqual(yield* tails, [4, 1, 1, 3, 2, 2])
      const { steps: all } = yield* hq.getProject({ name: p })
      assert.deepStrictEqual(
        all.map(({ priority }) => priority),
        [0, 4, 0, 4, 4, 1]
      )
    })
  )

  test(
    "takes a failed step out, whole or in parts",
    Effect.gen(function* () {
      yield* hq.create("p", { 1: [], 2: [1], 3: [] })
      yield* hq.failNext("a")
      yield* edit({ op: "split", step_num: 1, into: [{ step_num: 4, branch: "b", scope: "api" }] })
      assert.deepStrictEqual((yield* planned)[2], ["not_started", 4])
      yield* hq.finish("a")
      assert.deepStrictEqual(
        (yield* hq.available({ project: p })).steps.map(({ step_num }) => step_num),
        [2, 3]
      )
    })
  )

  test(
    "refuses cycles over the whole graph, and stores nothing",
    Effect.gen(function* () {
      yield* hq.create("p", { 1: [], 2: [1], 3: [2], 4: [] })
      for (const operations of [
        [{ op: "change", step_num: 1, depends_on: [3] }],
        [add(5, { depends_on: [3], needed_by: [1] })],
        [add(5, { depends_on: [6] }), add(6, { depends_on: [5] })]
      ]) {
        const error = yield* writesNothing(Effect.flip(edit({ op: "cancel", step_num: 4 }, ...operations)))
        assert.strictEqual(error._tag, "InvalidInput")
        assert.match(error.message, /operations: the dependencies form a cycle: \d+ -> \d+/)
      }
    })
  )

  test(
    "names every fault at once, and stores nothing",
    Effect.gen(function* () {
      yield* hq.create("p", { 1: [] })
      const faulty = edit(
        add(1),
        { op: "add", step_num: 2, depends_on: [2, 9], needed_by: [8] },
        { op: "change", step_num: 7, into: [] },
        { op: "change", step_num: 1 },
        { op: "cancel", step_num: 1, branch: "b" },
        { op: "split", step_num: 1 }
      )
      const error = yield* writesNothing(Effect.flip(faulty))
      assert.strictEqual(error._tag, "InvalidInput")
      const faults = error._tag === "InvalidInput" ? error.faults.map(({ message, path }) => `${path} ${message}`) : []
      assert.sameMembers(faults, [
        "operations.0.step_num 1 is already used in this plan",
        "operations.1.branch is needed to add a step",
        "operations.1.scope is needed to add a step",
        "operations.1.depends_on.0 step 2 cannot depend on itself",
        "operations.1.depends_on.1 there is no step 9 in this plan",
        "operations.1.needed_by.0 there is no step 8 in this plan",
        "operations.2.step_num there is no step 7 in this plan",
        "operations.2.into is not taken by change",
        "operations.3 names nothing to change",
        "operations.4.branch is not taken by cancel",
        "operations.5.into is needed to split a step"
      ])
    })
  )

  test(
    "refuses to touch steps that have begun, says who has them and what to do instead",
    Effect.gen(function* () {
      yield* hq.create("p", { 1: [], 2: [], 3: [] })
      yield* hq.finish("a")
      yield* hq.takeAndStart("b")
      yield* hq.take("c")
      for (const operation of [
        add(4, { needed_by: [2] }),
        { op: "change", step_num: 3, priority: 1 },
        { op: "cancel", step_num: 2 },
        { op: "split", step_num: 3, into: [{ step_num: 5, branch: "b", scope: "api" }] }
      ]) {
        const error = yield* writesNothing(Effect.flip(edit(operation)))
        assert.strictEqual(error._tag, "Conflict")
        assert.match(error.message, /held by agent "(b|c)" in attempt 1: a plan is edited only .* add a step after it/)
      }
      const done = yield* Effect.flip(edit({ op: "change", step_num: 1, depends_on: [3] }))
      assert.match(done.message, /is completed.*Reopen it, or add a new step/)
      yield* edit(add(4, { depends_on: [1, 2, 3] }))
    })
  )

  test(
    "keeps nobody from completing late a step that was edited after it was taken away",
    Effect.gen(function* () {
      yield* hq.create("p", { 1: [] })
      const { id } = yield* hq.takeAndStart("a")
      yield* rows(`UPDATE $steps SET status = 'not_started', agent_id = NULL, claimed_at = NULL,
        started_at = NULL, last_heartbeat = NULL, lease_expires_at = NULL`)
      yield* rows(`INSERT INTO $agent_events (agent_id, project_id, step_id, event_type, timestamp, metadata, format)
        VALUES ('system', 1, 1, 'recovered', '2026', '{"attempt":1,"from_status":"in_progress","from_agent":"a"}', 9)`)
      yield* edit({ op: "change", step_num: 1, priority: 3 })
      assert.strictEqual((yield* hq.complete({ step_id: id, commit_hash: "c" })).status, "completed")
    })
  )

  test(
    "at a revision that is not the plan's any more is a Conflict",
    Effect.gen(function* () {
      yield* hq.create("p", { 1: [] })
      const update = { project: p, operations: [add(2) as never], expected_revision: 1 }
      assert.strictEqual((yield* hq.updatePlan(update)).revision, 2)
      const error = yield* writesNothing(Effect.flip(hq.updatePlan(update)))
      assert.strictEqual(error._tag, "Conflict")
      assert.include(error.message, "is at revision 2, not at 1")
      assert.strictEqual((yield* hq.getProject({ name: p })).project.revision, 2)
    })
  )
})
