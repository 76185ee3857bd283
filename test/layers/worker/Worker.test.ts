import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { assert, describe } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { GiveBack } from "../../../src/domain/Work.ts"
import { Worker } from "../../../src/services/Worker.ts"
import { git } from "../../support/git.ts"
import { hq, refused } from "../../support/hq.ts"
import { filesOf, shown, workTest as test, type WorkServices, work, workPlan, workWith } from "../../support/work.ts"

/** Whether the process runs. One that has ended and that nobody has waited for does not. */
const isAlive = (pid: number) => {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, "utf8"))
  } catch {
    return false
  }
}

describe("Worker", () => {
  test("runs a program for each step, on a branch with the commits of its dependencies, and merges", (at) =>
    Effect.gen(function* () {
      yield* workPlan(at, { 1: [], 2: [1], 3: [1], 4: [2, 3] })
      const script =
        'cat > "brief-$HQ_STEP"; echo "$HQ_PROJECT $HQ_ATTEMPT $HQ_BRANCH" > "env-$HQ_STEP"; echo done $HQ_STEP; echo oops >&2'
      const { summary, tags } = yield* workWith(at, script, { mergeInto: "result" })
      assert.deepInclude(summary, { ended: "all_done", completed: 4, merged: 4, failed: 0, failed_steps: [] })
      assert.notInclude(tags, "Failed")
      const all = ["brief-1", "brief-2", "brief-3", "brief-4", "env-1", "env-2", "env-3", "env-4"]
      assert.deepStrictEqual(filesOf(at, "result"), all)
      assert.deepStrictEqual(filesOf(at, "p/step-4"), all)
      assert.deepStrictEqual(filesOf(at, "p/step-3"), ["brief-1", "brief-3", "env-1", "env-3"])
      assert.strictEqual(shown(at, "result:env-4"), "p 1 p/step-4\n")
      const brief = shown(at, "result:brief-4")
      const { files_modified, last_commit, merge_commit, status } = yield* hq.get(4)
      assert.include(brief, "# p, step 4: Write 4")
      assert.include(brief, `- step 3: Write 3, branch p/step-3, commit ${(yield* hq.get(3)).last_commit}`)
      assert.include(brief, "It changed brief-3, env-3.")
      assert.deepStrictEqual(
        { files_modified, last_commit, merge_commit, status },
        {
          files_modified: ["brief-4", "env-4"],
          last_commit: git(at.repository, "rev-parse", "p/step-4").trim(),
          merge_commit: git(at.repository, "rev-parse", "result").trim(),
          status: "merged"
        }
      )
      const log = readFileSync(join(at.folder, "app.hq/logs/p/4.log"), "utf8")
      assert.sameMembers(log.trim().split("\n"), ["done 4", "oops"])
      assert.lengthOf(git(at.repository, "worktree", "list").trim().split("\n"), 1)
    }))

  test("releases a step at exit code 75, and fails it at any other or a signal, with the last lines", (at) =>
    Effect.gen(function* () {
      yield* workPlan(at, { 1: [], 2: [], 3: [] })
      const script = `cat > brief; echo "at $HQ_STEP"; case $HQ_STEP$HQ_ATTEMPT in 11) exit 75;; 2?) exit 3;; 3?) kill -9 $$;; esac`
      const { events, summary } = yield* workWith(at, script, { retry: 1, agents: 3 })
      assert.deepInclude(summary, { ended: "all_failed", completed: 1, released: 1, failed: 4, failed_steps: [2, 3] })
      const reasons = events.flatMap((event) => ("reason" in event ? [`${event._tag}: ${event.reason}`] : []))
      assert.sameMembers(
        [...new Set(reasons)],
        [
          "Released: the program exited with 75\nat 1",
          "Failed: the program exited with 3\nat 2",
          "Failed: the program was killed by SIGKILL\nat 3"
        ]
      )
      assert.strictEqual((yield* hq.get(2)).notes, "the program exited with 3\nat 2")
      const brief = shown(at, "p/step-1:brief")
      assert.include(brief, "- attempt 1 was released\n  the program exited with 75\n  at 1")
    }))

  test("names an agent in the event of each retry and each merge", (at) =>
    Effect.gen(function* () {
      yield* workPlan(at, { 1: [], 2: [] })
      yield* hq.failNext("a")
      const script = "[ $HQ_STEP$HQ_ATTEMPT != 21 ]"
      const { summary } = yield* workWith(at, script, { retry: 1, name: "ada", mergeInto: "result" })
      assert.deepInclude(summary, { completed: 2, failed: 1, merged: 2 })
      const { events } = yield* hq.events({ limit: 100 })
      const acts = events.filter(({ event_type }) => event_type === "recovered" || event_type === "merged")
      assert.lengthOf(acts, 4)
      for (const { agent_id } of acts) assert.match(agent_id, /^ada-\w{6}-[12]$/)
    }))

  test("fails a step whose program takes too long, and ends the program with its children", (at) =>
    Effect.gen(function* () {
      yield* workPlan(at, { 1: [] })
      const pid = join(at.folder, "pid")
      const script = `trap '' TERM; sleep 100 & echo $! > ${pid}; echo waiting; while :; do sleep 1; done`
      const { events } = yield* workWith(at, script, { timeout: Duration.millis(1500) })
      assert.include(
        events.map((event) => ("reason" in event ? event.reason : "")),
        "it took longer than 1s 500ms\nwaiting"
      )
      assert.isFalse(isAlive(Number(readFileSync(pid, "utf8"))))
    }))

  test("fails a step with git's words if its dependencies conflict", (at) =>
    Effect.gen(function* () {
      yield* workPlan(at, { 1: [], 2: [], 3: [1, 2] })
      const { summary } = yield* workWith(at, "echo $HQ_STEP > same", { mergeInto: "result" })
      assert.deepInclude(summary, { ended: "all_failed", failed_steps: [3], merged: 1 })
      assert.lengthOf(summary.unmerged_steps, 1)
      const { notes, status } = yield* hq.get(3)
      assert.strictEqual(status, "failed")
      assert.match(
        notes ?? "",
        /^step 2: Write 2 \(\w{40}\) cannot be merged into p\/step-3: .*CONFLICT \(add\/add\): Merge conflict in same/s
      )
    }))

  test("goes on in the worktree of an earlier attempt, as it was left", (at) =>
    Effect.gen(function* () {
      yield* workPlan(at, { 1: [] })
      // The lock is what git leaves if it is killed.
      const script = `if [ $HQ_ATTEMPT = 1 ]; then echo one > kept; touch "$(git rev-parse --git-dir)/index.lock"; exit 1; fi; test -f kept`
      const { summary } = yield* workWith(at, script, { retry: 1 })
      assert.deepInclude(summary, { ended: "all_done", completed: 1, failed: 1 })
      assert.deepStrictEqual(filesOf(at, "p/step-1"), ["kept"])
    }))

  test("stops the program of a step that it has lost, and does not complete it", (at) =>
    Effect.gen(function* () {
      yield* workPlan(at, { 1: [] })
      const pid = join(at.folder, "pid")
      const script = `if [ $HQ_ATTEMPT = 1 ]; then echo $$ > ${pid}; exec sleep 100; fi; echo second > by`
      const working = yield* Effect.fork(workWith(at, script, { agents: 2 }))
      while (!existsSync(pid)) yield* Effect.sleep("20 millis")
      yield* hq.recover({ step_id: 1, force: true })
      const { events, summary } = yield* Fiber.join(working)
      assert.isFalse(isAlive(Number(readFileSync(pid, "utf8"))))
      assert.deepInclude(summary, { ended: "all_done", completed: 1, lost: 1 })
      const completed = events.filter(({ _tag }) => _tag === "Completed")
      assert.deepStrictEqual(
        completed.map((event) => "attempt" in event && event.attempt),
        [2]
      )
      assert.strictEqual(shown(at, "p/step-1:by"), "second\n")
    }))

  test("releases what runs if it is interrupted, and claims no more after `until`", (at) =>
    Effect.gen(function* () {
      yield* workPlan(at, { 1: [], 2: [], 3: [] })
      const began = yield* Deferred.make<void>()
      const forever = work(at, () => Effect.zipRight(Deferred.succeed(began, undefined), Effect.never), { agents: 1 })
      const working = yield* Effect.fork(forever)
      yield* Deferred.await(began)
      yield* Fiber.interrupt(working)
      assert.deepInclude(yield* hq.get(1), { status: "not_started", attempt: 1 })
      const stop = yield* Deferred.make<void>()
      const { summary } = yield* work(at, () => Deferred.succeed(stop, undefined), {
        agents: 1,
        until: Deferred.await(stop)
      })
      assert.deepInclude(summary, { ended: "stopped", completed: 1 })
    }))

  test("takes any Effect for a command: what it fails with fails the step, and GiveBack gives it back", (at) =>
    Effect.gen(function* () {
      yield* workPlan(at, { 1: [], 2: [], 3: [] })
      const { summary } = yield* work(at, ({ step, worktree }) =>
        Effect.gen(function* () {
          if (step.step_num === 1) return yield* Effect.die(new Error("a bug"))
          if (step.step_num === 2) return yield* Effect.fail("no luck")
          if (step.attempt === 1) return yield* new GiveBack({ reason: "later" })
          writeFileSync(join(worktree, "three"), "3")
        })
      )
      assert.deepInclude(summary, { ended: "all_failed", completed: 1, failed: 2, released: 1, failed_steps: [1, 2] })
      assert.include((yield* hq.get(1)).notes, "a bug")
      assert.strictEqual((yield* hq.get(2)).notes, "no luck")
      assert.deepStrictEqual(filesOf(at, "p/step-3"), ["three"])
    }))

  test("leaves what the program did not commit with commit: false, and brings its own branch to the step's", (at) =>
    Effect.gen(function* () {
      yield* workPlan(at, { 1: [], 2: [] })
      const script = `
        echo x > committed; git switch -q -c other-$HQ_STEP; git add committed; git commit -q -m "Explain it" -m "To whom it concerns"
        [ $HQ_STEP = 1 ] && git switch -q --detach HEAD
        echo y > uncommitted`
      yield* workWith(at, script, { commit: false })
      assert.deepStrictEqual([filesOf(at, "p/step-1"), filesOf(at, "p/step-2")], [["committed"], ["committed"]])
      assert.strictEqual((yield* hq.get(1)).notes, "Explain it\n\nTo whom it concerns")
      // What is not committed keeps its worktree.
      assert.lengthOf(git(at.repository, "worktree", "list").trim().split("\n"), 3)
    }))

  test("says what is wrong before it claims anything, and gives a step back that cannot be run", (at) =>
    Effect.gen(function* () {
      yield* workPlan(at, { 1: [] })
      const { program } = yield* Worker
      const reason = (call: Effect.Effect<unknown, { readonly message: string }, WorkServices>) =>
        Effect.map(refused(call), ({ message }) => message)
      writeFileSync(join(at.folder, "app.hq"), "")
      assert.match(String(yield* reason(workWith(at, "true"))), /^The folder .*app\.hq cannot be made: /)
      rmSync(join(at.folder, "app.hq"))
      assert.match(
        String(yield* reason(work(at, () => Effect.void, { folder: at.folder }))),
        /^Here is no git repository: fatal: /
      )
      assert.match(
        String(yield* reason(workWith(at, "true", { scopes: ["od"] }))),
        /^No step has the scope "od"\. There are: odd\.$/
      )
      assert.match(
        String(yield* reason(work(at, program("no-such-program", [])))),
        /^"no-such-program" cannot be run: /
      )
      assert.deepInclude(yield* hq.get(1), { status: "not_started" })
      yield* workPlan(at, { 1: [] }, { name: "q", base_commit: "c0ffee" })
      const lost = yield* reason(workWith(at, "true", { project: "q" as never }))
      assert.match(String(lost), /^The base commit c0ffee is not in the repository /)
      assert.match(
        String(yield* reason(workWith(at, "true", { project: "r" as never }))),
        /^There is no project named "r"/
      )
    }))
})
