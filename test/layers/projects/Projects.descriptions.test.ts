import { assert } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { hq } from "../../support/hq.ts"
import { add, defined, edit } from "../../support/planEdits.ts"
import { rows, writesNothing } from "../../support/rows.ts"
import { suite } from "../../support/storages.ts"

const said = { title: "Session table", description: "Make it.\n\nDone when its test passes." }

/** Project p with a step that says what to do, and one after it that does not. */
const described = hq.createProject({
  name: "p",
  base_commit: "abc123",
  steps: [defined(1, said), defined(2, { depends_on: [1] })]
})

suite("steps that say what to do", (test) => {
  test(
    "the claim hands title and description over, and get_step returns both",
    Effect.gen(function* () {
      yield* described
      const { step } = yield* hq.answer({ project: "p", agent_id: "a" })
      assert.deepInclude({ ...step }, said)
      assert.deepInclude({ ...(yield* hq.get(1)) }, said)
      const bare = yield* hq.get(2)
      assert.notProperty(bare, "title")
      assert.notProperty(bare, "description")
    })
  )

  test(
    "lists and the holder's calls return the title, never the description",
    Effect.gen(function* () {
      yield* described
      const { id } = yield* hq.take("a", { request_id: "r" })
      const again = yield* hq.answer({ project: "p", agent_id: "a", request_id: "r" })
      assert.deepInclude({ ...again.step }, said)
      const found = [
        (yield* hq.getProject({ name: "p" })).steps[0],
        (yield* hq.heldBy({ agent_id: "a" })).steps[0],
        yield* hq.start({ step_id: id }),
        yield* hq.heartbeat({ step_id: id }),
        yield* hq.release({ step_id: id }),
        (yield* hq.available({ project: "p" })).steps[0]
      ]
      for (const step of found) {
        assert.strictEqual(step?.title, said.title)
        assert.notProperty(step, "description")
      }
    })
  )

  test(
    "blockers, explanations and the next claim name the title",
    Effect.gen(function* () {
      yield* described
      yield* hq.takeAndStart("a")
      const { blocked_by } = yield* hq.answer({ project: "p", agent_id: "b" })
      assert.strictEqual(blocked_by?.[0]?.title, said.title)
      assert.strictEqual((yield* hq.explainStep(1)).title, said.title)
      assert.strictEqual((yield* hq.explainStep(2)).roots[0]?.title, said.title)
      yield* hq.complete({ step_id: 1, agent_id: "a", commit_hash: "c" })
      const { step } = yield* hq.answer({ project: "p", agent_id: "b" })
      assert.strictEqual(step?.dependencies[0]?.title, said.title)
    })
  )

  test(
    "edits add, change and split them; their events do not repeat a description",
    Effect.gen(function* () {
      yield* described
      yield* edit(add(3, said), { op: "change", step_num: 2, title: "Login", description: "Old." })
      yield* edit({ op: "change", step_num: 2, description: "New." })
      yield* edit({ op: "split", step_num: 1, into: [defined(4, { title: "Part", description: "A part." })] })
      const texts = yield* rows<{ title: string; description: string }>(
        "SELECT title, description FROM $steps ORDER BY step_num"
      )
      assert.deepStrictEqual(texts, [
        said,
        { title: "Login", description: "New." },
        said,
        { title: "Part", description: "A part." }
      ])
      const { events } = yield* hq.events({ project: "p" })
      const changed = events.filter(({ event_type, step_id }) => event_type === "changed" && step_id === 2)
      assert.deepStrictEqual(
        changed.map(({ metadata }) => metadata),
        [
          { attempt: 0, revision: 4, depends_on: [4], depends_no_more_on: [1] },
          { attempt: 0, revision: 3, description: "changed" },
          { attempt: 0, revision: 2, title: "Login", description: "changed" }
        ]
      )
    })
  )

  test(
    "a change to the same texts changes nothing, and a change of other fields keeps them",
    Effect.gen(function* () {
      yield* described
      yield* writesNothing(edit({ op: "change", step_num: 1, ...said }))
      yield* edit({ op: "change", step_num: 1, priority: 3 })
      assert.deepInclude({ ...(yield* hq.get(1)) }, said)
    })
  )

  test(
    "the history keeps them as they were in the failed attempt",
    Effect.gen(function* () {
      yield* described
      const { id } = yield* hq.failNext("a")
      yield* hq.recoverFailed(id)
      yield* edit({ op: "change", step_num: 1, title: "Smaller", description: "Less." })
      const kept = yield* rows("SELECT title, description FROM $failed_steps_history")
      assert.deepStrictEqual(kept, [said])
    })
  )
})
