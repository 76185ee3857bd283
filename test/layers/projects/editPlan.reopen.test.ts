import { assert } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { fields, hq, plan, refused } from "../../support/hq.ts"
import { add, edit, planned } from "../../support/planEdits.ts"
import { auditTrail, rows, writesNothing } from "../../support/rows.ts"
import { at, suite } from "../../support/storages.ts"

const reason = "no test of a wrong password"
const reopen = (step_num: number, why = reason) => edit({ op: "reopen", step_num, reason: why })

/** What an agent leaves when it completes step 1. */
const left = { step_id: 1, commit_hash: "c1", files_modified: ["a.ts"], notes: "done" }

/** Project p, in which agent "a" has completed step 1, which step 2 waits for. */
const reviewed = Effect.gen(function* () {
  yield* hq.create("p", { 1: [], 2: [1] })
  yield* hq.take("a")
  yield* hq.start({ step_id: 1, worktree: "/w" })
  yield* hq.complete(left)
})

suite("reopening a completed step", (test) => {
  test(
    "makes it claimable again and blocks its dependents, and says so in its event",
    Effect.gen(function* () {
      yield* reviewed
      const updated = yield* reopen(1)
      assert.deepInclude({ ...updated }, { reopened: [1], added: 0, changed: 0, cancelled: [], revision: 2 })
      const step = fields(yield* hq.get(1))
      assert.deepInclude(step, { status: "not_started", attempt: 1, depends_on: [] })
      for (const gone of ["agent_id", "worktree", "completed_at", "last_commit", "files_modified", "notes"]) {
        assert.notProperty(step, gone)
      }
      assert.strictEqual((yield* hq.explainStep(2)).waits_for[0]?.step_num, 1)
      assert.deepInclude((yield* auditTrail).at(-1), {
        agent_id: "planner",
        event_type: "reopened",
        metadata: { attempt: 1, revision: 2, from_status: "completed", from_agent: "a", commit_hash: "c1", reason }
      })
    })
  )

  test(
    "keeps the attempt in the history, and hands it to the next claim with the reason",
    Effect.gen(function* () {
      yield* reviewed
      yield* reopen(1)
      assert.deepStrictEqual(
        yield* rows(
          "SELECT attempt, agent_id, worktree, last_commit, notes, failed_at, archived_at FROM $failed_steps_history"
        ),
        [
          {
            attempt: 1,
            agent_id: "a",
            worktree: "/w",
            last_commit: "c1",
            notes: "done",
            failed_at: null,
            archived_at: at("0 minutes")
          }
        ]
      )
      const { step } = yield* hq.answer({ project: "p", agent_id: "b" })
      assert.strictEqual(step?.attempt, 2)
      const rejected = {
        attempt: 1,
        agent_id: "a",
        outcome: "reopened",
        worktree: "/w",
        notes: "done",
        rejected: reason
      }
      const told = [{ ...rejected, last_commit: "c1", files_modified: ["a.ts"] }]
      assert.deepStrictEqual(step?.previous_attempts as unknown, told)
      yield* hq.release({ step_id: 1, agent_id: "b" })
      const again = yield* hq.answer({ project: "p", agent_id: "c" })
      assert.deepStrictEqual(again.step?.previous_attempts as unknown, [
        ...told,
        { attempt: 2, agent_id: "b", outcome: "released" }
      ])
    })
  )

  test(
    "makes a completed project active again",
    Effect.gen(function* () {
      yield* hq.create("p", { 1: [] })
      yield* hq.finish("a")
      assert.strictEqual((yield* hq.getProject({ name: "p" })).project.status, "completed")
      assert.strictEqual((yield* reopen(1)).status, "active")
      assert.deepInclude(yield* hq.metrics({ project: "p" }), { completed: 0, not_started: 1 })
      assert.deepInclude(yield* hq.metrics({ agent_id: "a" }), { steps_completed: 0 })
    })
  )

  test(
    "is refused while a dependent is at work or done, which the Conflict names with its holder",
    Effect.gen(function* () {
      yield* reviewed
      yield* hq.take("b")
      const held = yield* writesNothing(refused(reopen(1)))
      assert.strictEqual(
        held.message,
        'Step id 1 cannot be reopened: step 2 (id 2), which is claimed, held by agent "b", builds on it. Call update_plan again once its agent has called release_step (or recover_step has taken it); or add a step for what is missing.'
      )
      assert.deepInclude((held.blocked_by as ReadonlyArray<object>)[0], {
        step_num: 2,
        status: "claimed",
        agent_id: "b"
      })
      yield* hq.start({ step_id: 2, agent_id: "b" })
      assert.include((yield* refused(reopen(1))).message, "which is in_progress, held by")
      yield* hq.complete({ step_id: 2, agent_id: "b", commit_hash: "c" })
      assert.include(
        (yield* writesNothing(refused(reopen(1)))).message,
        'step 2 (id 2), which is completed, done by agent "b", builds on it. Reopen that step first, in the same call or before.'
      )
      yield* hq.merge({ step_id: 2, merge_commit: "m" })
      assert.include(
        (yield* refused(reopen(1))).message,
        'which is merged, done by agent "b", builds on it. Add a step'
      )
    })
  )

  test(
    "goes down a chain in one edit, the last step first, and may change what is to be done",
    Effect.gen(function* () {
      yield* reviewed
      yield* hq.finish("b")
      const updated = yield* edit(
        { op: "reopen", step_num: 2, reason },
        { op: "reopen", step_num: 1, reason },
        { op: "change", step_num: 1, description: "With that test.", depends_on: [3] },
        add(3)
      )
      assert.deepInclude({ ...updated }, { reopened: [2, 1], added: 1, changed: 1 })
      assert.deepStrictEqual(yield* planned, { 1: ["not_started", 3], 2: ["not_started", 1], 3: ["not_started"] })
      assert.deepStrictEqual(
        (yield* auditTrail).slice(-4).map(({ event_type, step_id }) => [event_type, step_id]),
        [
          ["reopened", 2],
          ["reopened", 1],
          ["added", 3],
          ["changed", 1]
        ]
      )
    })
  )

  test(
    "repeated writes nothing; for another reason it is a Conflict",
    Effect.gen(function* () {
      yield* reviewed
      yield* reopen(1)
      yield* writesNothing(reopen(1))
      assert.include(
        (yield* refused(reopen(1, "another"))).message,
        "Step id 1 is not_started: only completed work can be reopened."
      )
    })
  )

  test(
    "is refused once the branch is merged, with what to do instead",
    Effect.gen(function* () {
      yield* reviewed
      yield* hq.merge({ step_id: 1, merge_commit: "m" })
      assert.strictEqual(
        (yield* writesNothing(refused(reopen(1)))).message,
        "Step id 1 is merged: only completed work can be reopened. Its branch is merged: call update_plan to add a step for what is missing."
      )
    })
  )

  test(
    "leaves a dependent alone that waited for the merge",
    Effect.gen(function* () {
      yield* hq.createProject({ ...plan("p", { 1: [], 2: [1] }), unblock_on: "merged" })
      yield* hq.finish("a")
      yield* reopen(1)
      yield* hq.finish("a")
      assert.strictEqual((yield* hq.answer({ project: "p", agent_id: "b" })).reason, "all_blocked")
      yield* hq.merge({ step_id: 1, merge_commit: "m" })
      assert.strictEqual((yield* hq.answer({ project: "p", agent_id: "b" })).step?.step_num, 2)
    })
  )

  test(
    "needs a reason, which no other operation takes",
    Effect.gen(function* () {
      yield* reviewed
      assert.include(
        (yield* refused(edit({ op: "reopen", step_num: 1 }))).message,
        "operations.0.reason: is needed to reopen a step"
      )
      assert.include(
        (yield* refused(edit({ op: "cancel", step_num: 2, reason }))).message,
        "operations.0.reason: is not taken by cancel"
      )
    })
  )
})

suite("the attempt of a reopened step", (test) => {
  const over = `Attempt 1, yours, was completed and then reopened by "planner": ${reason}.`

  test(
    "completes nothing any more, late or repeated, and is told so",
    Effect.gen(function* () {
      yield* reviewed
      yield* reopen(1)
      for (const request of [left, { ...left, agent_id: "a", attempt: 1, commit_hash: "c2" }]) {
        assert.strictEqual(
          (yield* writesNothing(refused(hq.complete(request)))).message,
          `Step id 1 is not_started. ${over} Call claim_step to do it again: previous_attempts says what was rejected.`
        )
      }
      assert.include((yield* writesNothing(refused(hq.release({ step_id: 1, agent_id: "a" })))).message, over)
      yield* hq.take("b")
      assert.strictEqual(
        (yield* writesNothing(refused(hq.complete({ ...left, agent_id: "a", attempt: 1 })))).message,
        `Step id 1 is claimed, held by agent "b" in attempt 2. ${over} That attempt is over: stop working on it, and call claim_step for other work.`
      )
    })
  )

  test(
    "does not stand in the way of the same agent's next one",
    Effect.gen(function* () {
      yield* reviewed
      yield* reopen(1)
      yield* hq.take("a")
      assert.include((yield* refused(hq.complete({ ...left, agent_id: "a", attempt: 1 }))).message, over)
      assert.include((yield* refused(hq.complete({ ...left, agent_id: "a" }))).message, "Call start_step first")
      yield* hq.start({ step_id: 1, agent_id: "a" })
      assert.deepInclude({ ...(yield* hq.complete({ ...left, agent_id: "a" })) }, { status: "completed", attempt: 2 })
    })
  )

  test(
    "of work that was completed late is over as well",
    Effect.gen(function* () {
      yield* hq.create("p", { 1: [], 2: [1] })
      yield* hq.takeAndStart("a")
      yield* hq.recover({ step_id: 1, force: true })
      yield* hq.complete(left)
      yield* reopen(1)
      assert.include((yield* writesNothing(refused(hq.complete(left)))).message, over)
    })
  )
})
