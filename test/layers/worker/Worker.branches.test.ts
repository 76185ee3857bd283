import { spawn } from "node:child_process"
import { mkdirSync, readdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { assert, describe } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { fileName } from "../../../src/layers/worker/repository.ts"
import { atEnd } from "../../support/cleanup.ts"
import { hq } from "../../support/hq.ts"
import { filesOf, type project, workTest as test, type WorkRepository, workPlan, workWith } from "../../support/work.ts"

const onOneBranch = (count: number) =>
  Array.from({ length: count }, (_, index) => ({ step_num: index + 1, branch: "sb", scope: "a" }))

/** Fails if it finds another at work in the worktree. */
const alone = "mkdir ../busy || exit 9; sleep 2; echo $HQ_PROJECT > $HQ_PROJECT-$HQ_STEP; rmdir ../busy"

/** Another process that has the branch. Ends with the test. */
const holdBranch = ({ folder }: WorkRepository, branch: string) => {
  const holder = spawn("sleep", ["100"], { stdio: "ignore" })
  atEnd(() => holder.kill("SIGKILL"))
  const locks = join(folder, "app.hq/locks")
  mkdirSync(locks, { recursive: true })
  writeFileSync(join(locks, `${fileName(`branch ${branch}`)}~${holder.pid}~~a`), "")
  return holder
}

describe("Worker, with a branch that several want", () => {
  test("runs the steps of one branch one after the other, also those of other projects, and tells who waits", (at) =>
    Effect.gen(function* () {
      yield* workPlan(at, {}, { steps: onOneBranch(2) })
      yield* workPlan(at, {}, { steps: onOneBranch(1), name: "q" })
      const both = yield* Effect.all([workWith(at, alone), workWith(at, alone, { project: "q" as typeof project })], {
        concurrency: "unbounded"
      })
      assert.deepStrictEqual(
        both.map(({ summary }) => [summary.ended, summary.completed, summary.failed]),
        [
          ["all_done", 2, 0],
          ["all_done", 1, 0]
        ]
      )
      assert.deepStrictEqual(filesOf(at, "sb"), ["p-1", "p-2", "q-1"])
      const delayed = both.flatMap(({ events }) => events).filter(({ _tag }) => _tag === "Delayed")
      assert.isAtLeast(delayed.length, 2)
      for (const event of delayed) assert.include(event, { reason: "the branch sb is in use: this process has it" })
      assert.deepStrictEqual(readdirSync(join(at.folder, "app.hq/locks")), [])
    }))

  test("gives a step back that waits for its branch once it is told to stop, and keeps its lease until then", (at) =>
    Effect.gen(function* () {
      yield* workPlan(at, {}, { steps: onOneBranch(1) })
      const { pid } = holdBranch(at, "sb")
      const stop = yield* Deferred.make<void>()
      const working = yield* Effect.fork(workWith(at, "true", { until: Deferred.await(stop) }))
      yield* Effect.sleep("5 seconds")
      // Longer than a lease, with a sweep after it.
      assert.deepInclude(yield* hq.get(1), { status: "claimed", attempt: 1 })
      yield* Deferred.succeed(stop, undefined)
      const { events, summary } = yield* Fiber.join(working)
      assert.deepInclude(summary, { ended: "stopped", released: 1, lost: 0 })
      assert.deepStrictEqual(
        events.map((event) => [event._tag, "reason" in event && event.reason]),
        [
          ["Delayed", `the branch sb is in use: process ${pid} has it`],
          ["Released", "hq work was stopped"]
        ]
      )
      assert.deepInclude(yield* hq.get(1), { status: "not_started" })
    }))

  test("waits no more for the branch of a step that it has lost", (at) =>
    Effect.gen(function* () {
      yield* workPlan(at, {}, { steps: onOneBranch(1) })
      holdBranch(at, "sb")
      const stop = yield* Deferred.make<void>()
      const working = yield* Effect.fork(workWith(at, "true", { agents: 1, until: Deferred.await(stop) }))
      while ((yield* hq.get(1)).status !== "claimed") yield* Effect.sleep("20 millis")
      yield* hq.recover({ step_id: 1, force: true })
      while ((yield* hq.get(1)).attempt !== 2) yield* Effect.sleep("20 millis")
      yield* Deferred.succeed(stop, undefined)
      const { summary } = yield* Fiber.join(working)
      assert.deepInclude(summary, { ended: "stopped", lost: 1, released: 1 })
    }))
})
