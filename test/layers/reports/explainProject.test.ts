import { assert } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { ProjectExplanation } from "../../../src/domain/answers/Explanations.ts"
import type { StepDefinition } from "../../../src/domain/Requests.ts"
import { lineOf, numbers } from "../../support/answers.ts"
import { cpuTime } from "../../support/cpuTime.ts"
import { hq, plan } from "../../support/hq.ts"
import { rows, writesNothing } from "../../support/rows.ts"
import { suite } from "../../support/storages.ts"

/** What it gives is what its schema says. */
const explain = (name: string) =>
  Effect.tap(hq.explainProject(name), (found) =>
    Schema.decodeUnknownSync(ProjectExplanation, { onExcessProperty: "error" })(found)
  )

const step = (step_num: number, estimate_minutes: number, depends_on: ReadonlyArray<number> = []): StepDefinition => ({
  step_num,
  branch: `step${step_num}/work`,
  scope: "api",
  depends_on,
  estimate_minutes
})

const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => from + index)

suite("explaining a project", (test) => {
  test(
    "gives the longest chain of what is left, and the steps that most others wait for",
    Effect.gen(function* () {
      yield* hq.createProject({
        ...plan("p", {}),
        steps: [
          step(1, 10),
          step(2, 5, [1]),
          { ...step(3, 50, [1]), title: "Parser" },
          step(4, 20, [2, 3]),
          step(5, 1),
          step(6, 2, [5])
        ]
      })
      yield* hq.take("b")
      const found = yield* explain("p").pipe(writesNothing)
      assert.deepInclude(found, {
        project: "p",
        status: "active",
        total_steps: 6,
        step_counts: { claimed: 1, not_started: 5 },
        blocked_by_failed: []
      } as object)
      assert.notProperty(found, "blocking_most_incomplete")
      const { length, minutes, steps } = found.critical_path
      assert.deepStrictEqual([minutes, length, numbers(steps)], [80, 3, [1, 3, 4]])
      assert.deepInclude(steps[0], { step_id: 1, status: "claimed", agent_id: "b" } as object)
      assert.deepStrictEqual([steps[1]?.title, found.blocking_most[2]?.title], ["Parser", "Parser"])
      assert.deepStrictEqual(
        found.blocking_most.map(({ blocks_count, step_num }) => [step_num, blocks_count]),
        [
          [1, 3],
          [2, 1],
          [3, 1],
          [5, 1]
        ]
      )
    })
  )

  test(
    "counts what is done or cancelled no more",
    Effect.gen(function* () {
      yield* hq.createProject({
        ...plan("p", {}),
        steps: [step(1, 10), step(2, 5, [1]), step(3, 1, [2]), step(4, 90)]
      })
      yield* rows("UPDATE $steps SET status = 'cancelled' WHERE step_num = 4")
      yield* hq.finish("a")
      const { blocking_most, critical_path } = yield* explain("p")
      assert.deepStrictEqual([critical_path.minutes, numbers(critical_path.steps)], [6, [2, 3]])
      assert.deepStrictEqual(numbers(blocking_most), [2])
    })
  )

  test(
    "shows what waits to be merged among those that block, but takes no time for it",
    Effect.gen(function* () {
      yield* hq.createProject({
        ...plan("p", {}),
        unblock_on: "merged",
        steps: [step(1, 10), step(2, 5, [1]), step(3, 1)]
      })
      yield* hq.finish("a")
      const { blocking_most, critical_path } = yield* explain("p")
      assert.deepStrictEqual([critical_path.minutes, critical_path.length, numbers(critical_path.steps)], [5, 1, [2]])
      assert.deepStrictEqual(
        blocking_most.map(({ blocks_count, status, step_num }) => [step_num, status, blocks_count]),
        [[1, "completed", 1]]
      )
      yield* hq.merge({ step_id: 1, merge_commit: "m" })
      assert.deepStrictEqual((yield* explain("p")).blocking_most, [])
    })
  )

  test(
    "is empty where nothing is left",
    Effect.gen(function* () {
      yield* hq.create("p", { 1: [] })
      yield* hq.finish("a")
      assert.deepInclude(yield* explain("p"), {
        status: "completed",
        critical_path: { minutes: 0, length: 0, steps: [] },
        blocking_most: []
      } as object)
    })
  )

  test(
    "of a name that is not there is NotFound",
    Effect.gen(function* () {
      const error = yield* Effect.flip(explain("p"))
      assert.deepInclude({ ...error } as object, { _tag: "NotFound", entity: "project", key: "p" })
    })
  )

  test(
    "of 10,000 steps stays under 20 KB and takes less than two seconds",
    Effect.gen(function* () {
      const size = 10_000
      const graph = range(1, size).map((num) => [num, num <= 100 ? [] : [num - 100, num - 99]] as const)
      yield* hq.create("p", Object.fromEntries(graph))
      for (let count = 0; count < 30; count++) yield* hq.failNext(`agent-${count}`)
      yield* rows(`
        UPDATE $steps SET status = 'in_progress', attempt = 1, agent_id = printf('%.200c', 'a'),
          claimed_at = '2026-01-18T10:30:00.000Z', lease_expires_at = '2026-01-18T10:30:00.000Z'
        WHERE unmet_dependencies = 0 AND status = 'not_started'`)
      const before = cpuTime()
      const found = yield* explain("p")
      assert.isBelow(cpuTime() - before, 2000)
      assert.isBelow(lineOf(found).length, 20_000)
      assert.deepStrictEqual([found.critical_path.length, found.critical_path.steps.length], [101, 30])
      assert.lengthOf(found.blocking_most, 10)
      assert.isAtLeast(found.blocked_by_failed.length, 5)
    })
  )
})
