import { mkdirSync, readdirSync, rmSync, utimesSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { assert, describe } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Queue from "effect/Queue"
import type { WorkEvent } from "../../../src/domain/Work.ts"
import { git, makeRepository } from "../../support/git.ts"
import { hq } from "../../support/hq.ts"
import {
  filesOf,
  type project,
  shown,
  workTest as test,
  type WorkRepository,
  workPlan,
  workWith
} from "../../support/work.ts"

const worktrees = ({ folder }: WorkRepository) => join(folder, "app.hq/worktrees")

/** Commits a file on what is checked out. */
const commit = (folder: string, file: string, text: string) => {
  writeFileSync(join(folder, file), text)
  git(folder, "add", file)
  git(folder, "commit", "-q", "-m", file)
}

describe("Worker, with a repository in disorder", () => {
  test("makes a worktree anew that git was killed over", (at) =>
    Effect.gen(function* () {
      yield* workPlan(at, { 1: [] }, { steps: [{ step_num: 1, branch: "one", scope: "a" }] })
      const folder = join(worktrees(at), "one")
      git(at.repository, "worktree", "add", "-q", "-b", "one", folder)
      git(at.repository, "worktree", "lock", "--reason", "initializing", folder)
      writeFileSync(join(folder, "half"), "")
      const { summary } = yield* workWith(at, "touch whole")
      assert.deepInclude(summary, { ended: "all_done", completed: 1 })
      assert.deepStrictEqual(filesOf(at, "one"), ["whole"])
    }))

  test("starts from what a name such as HEAD meant when the work began", (at) =>
    Effect.gen(function* () {
      yield* workPlan(at, { 1: [] }, { base_commit: "HEAD" })
      const { events } = yield* workWith(at, "touch whole")
      const done = events.find(({ _tag }) => _tag === "Completed")
      assert.deepInclude(done, { files: 1 })
    }))

  test("goes on on a branch that is left without its worktree, and starts at once beside many others", (at) =>
    Effect.gen(function* () {
      const steps = Array.from({ length: 24 }, (_, index) => ({
        ...{ step_num: index + 1, branch: `step-${index + 1}`, scope: "a" }
      }))
      yield* workPlan(at, {}, { steps })
      for (const num of [1, 2]) {
        const folder = join(worktrees(at), `step-${num}`)
        git(at.repository, "worktree", "add", "-q", "-b", `step-${num}`, folder)
        commit(folder, "left", "by an earlier attempt")
        if (num === 1) git(at.repository, "worktree", "remove", folder)
        else rmSync(folder, { recursive: true })
      }
      const { summary } = yield* workWith(at, "touch mine", { agents: 12 })
      assert.deepInclude(summary, { ended: "all_done", completed: 24, failed: 0 })
      for (const num of [1, 2]) assert.deepStrictEqual(filesOf(at, `step-${num}`), ["left", "mine"])
      for (const { branch } of steps.slice(2)) assert.deepStrictEqual(filesOf(at, branch), ["mine"])
      assert.lengthOf(git(at.repository, "worktree", "list").trim().split("\n"), 1)
    }))

  test("checks the branch out again if an earlier attempt left another, and goes on with an agent's own worktree", (at) =>
    Effect.gen(function* () {
      const steps = ["one", "two"].map((branch, index) => ({ step_num: index + 1, branch, scope: branch }))
      yield* workPlan(at, {}, { steps })
      git(at.repository, "worktree", "add", "-q", "-b", "two", join(at.folder, "elsewhere"))
      commit(join(at.folder, "elsewhere"), "begun", "by hand")
      yield* hq.take("a", { scopes: ["two"] }).pipe(
        Effect.flatMap(({ id }) => hq.start({ step_id: id, agent_id: "a", worktree: join(at.folder, "elsewhere") })),
        Effect.flatMap(({ id }) => hq.release({ step_id: id, agent_id: "a" }))
      )
      const script = `
        if [ $HQ_STEP$HQ_ATTEMPT = 11 ]; then git switch -q -c stray; exit 1; fi
        pwd > where`
      const { summary } = yield* workWith(at, script, { retry: 1 })
      assert.deepInclude(summary, { ended: "all_done", completed: 2 })
      assert.deepStrictEqual(filesOf(at, "one"), ["where"])
      assert.strictEqual(shown(at, "two:where"), `${join(at.folder, "elsewhere")}\n`)
    }))

  test("fails a step with git's words: branch checked out, unresolved merge, foreign history, unknown commit", (at) =>
    Effect.gen(function* () {
      yield* workPlan(at, { 1: [], 2: [], 3: [], 4: [], 5: [4] })
      yield* hq
        .takeAndStart("a", { step_num: 4 })
        .pipe(Effect.flatMap(({ id }) => hq.complete({ step_id: id, agent_id: "a", commit_hash: "def456" })))
      git(at.repository, "switch", "-q", "-c", "p/step-1")
      const script = `
        case $HQ_STEP in
          2) echo a > f; git add f; git commit -q -m a; git switch -q -c x HEAD~; echo b > f; git add f; git commit -q -m b
             git switch -q $HQ_BRANCH; git merge x; exit 0 ;;
          3) echo mine > g; git add g; git commit -q -m g; git switch -q --orphan y; git commit -q --allow-empty -m y ;;
        esac`
      const { summary } = yield* workWith(at, script)
      assert.deepInclude(summary, { ended: "all_failed", failed_steps: [1, 2, 3, 5] })
      const notes = yield* Effect.forEach([1, 2, 3, 5], (id) => Effect.map(hq.get(id), (step) => step.notes ?? ""))
      const expected = [
        /already (checked out|used by worktree) at/,
        /^a merge is not resolved:\nf/,
        /^the command left y checked out, which does not contain the branch p\/step-3/,
        /def456/
      ]
      for (const [index, text] of notes.entries()) assert.match(text, expected[index] as RegExp)
    }))

  test("commits onto the step's branch alone, whatever the program left checked out", (at) =>
    Effect.gen(function* () {
      yield* workPlan(at, { 1: [], 2: [], 3: [] })
      git(at.repository, "branch", "other")
      git(at.repository, "switch", "-q", "-c", "side")
      const script = `
        echo new > new-$HQ_STEP
        case $HQ_STEP in
          1) git checkout -q main ;;
          2) git checkout -q --detach; echo more > more; git add more; git commit -q -m more ;;
          3) echo own > own; git add own; git commit -q -m own; git checkout -q other ;;
        esac`
      const { summary } = yield* workWith(at, script)
      assert.deepInclude(summary, { ended: "all_failed", completed: 2, failed_steps: [3] })
      assert.strictEqual(git(at.repository, "rev-parse", "main", "other", "side"), `${at.base}\n`.repeat(3))
      assert.deepStrictEqual(filesOf(at, "p/step-1"), ["new-1"])
      assert.deepStrictEqual(filesOf(at, "p/step-2"), ["more", "new-2"])
      assert.deepStrictEqual(filesOf(at, "p/step-3"), ["own"])
      assert.match((yield* hq.get(3)).notes ?? "", /^the command left other checked out, which does not contain/)
    }))

  test("removes what killed workers left of their merges, but no worktree that is on a branch, however old", (at) =>
    Effect.gen(function* () {
      const branches = ["merges-of-mine", "two"]
      yield* workPlan(at, {}, { steps: branches.map((branch, index) => ({ step_num: index + 1, branch, scope: "a" })) })
      const merges = join(at.folder, "app.hq/merges")
      mkdirSync(merges, { recursive: true })
      git(at.repository, "worktree", "add", "-q", "--detach", join(merges, "left"))
      git(at.repository, "worktree", "add", "-q", "-b", "theirs", join(merges, "theirs"))
      const old = new Date(Date.now() - 7_200_000)
      for (const name of ["left", "theirs"]) utimesSync(join(merges, name, ".git"), old, old)
      const script = `
        [ $HQ_STEP = 1 ] || exit 0
        touch -d "2 hours ago" .git
        i=0; while [ $i -lt 200 ] && ! [ -e ${at.folder}/merged ]; do sleep 0.1; i=$((i + 1)); done
        test -e .git && echo 1 > one`
      const onEvent = (event: WorkEvent) =>
        Effect.sync(() => {
          if (event._tag === "Merged") writeFileSync(join(at.folder, "merged"), "")
        })
      const { summary } = yield* workWith(at, script, { mergeInto: "result", onEvent })
      assert.deepInclude(summary, { ended: "all_done", completed: 2, merged: 2, failed: 0 })
      assert.deepStrictEqual(filesOf(at, "result"), ["one"])
      assert.deepStrictEqual(readdirSync(merges), ["theirs"])
    }))

  test("merges into the branch that is checked out, but not into a merge that a person is at", (at) =>
    Effect.gen(function* () {
      yield* workPlan(at, { 1: [] })
      git(at.repository, "switch", "-q", "-c", "side")
      commit(at.repository, "same", "side")
      git(at.repository, "switch", "-q", "main")
      commit(at.repository, "same", "main")
      assert.throws(() => git(at.repository, "merge", "side"))
      const { events, summary } = yield* workWith(at, "touch one", { mergeInto: "main" })
      assert.deepInclude(summary, { completed: 1, merged: 0, unmerged_steps: [1] })
      const told = events.filter(({ _tag }) => _tag === "NotMerged")
      assert.deepStrictEqual(
        told.map((event) => "reason" in event && event.reason),
        [`a merge is under way in ${at.repository}`]
      )
      git(at.repository, "rev-parse", "--verify", "MERGE_HEAD")
      git(at.repository, "merge", "--abort")
      const again = yield* workWith(at, "true", { mergeInto: "main" })
      assert.deepInclude(again.summary, { completed: 0, merged: 1, unmerged_steps: [] })
      assert.deepStrictEqual(filesOf(at, "HEAD"), ["one", "same"])
      assert.strictEqual(git(at.repository, "status", "--porcelain"), "")
    }))

  test("waits if somebody else has locked the branch for a moment, but not if it can never be made", (at) =>
    Effect.gen(function* () {
      yield* workPlan(at, { 1: [] })
      git(at.repository, "branch", "result")
      const lock = join(at.repository, ".git/refs/heads/result.lock")
      writeFileSync(lock, "")
      const unlocking = Effect.zipRight(
        Effect.sleep("3 seconds"),
        Effect.sync(() => rmSync(lock))
      )
      const completed = yield* Deferred.make<void>()
      yield* Effect.fork(Effect.zipRight(Deferred.await(completed), unlocking))
      const tags: Array<WorkEvent["_tag"]> = []
      const onEvent = ({ _tag }: WorkEvent) => {
        tags.push(_tag)
        return _tag === "Completed" ? Deferred.succeed(completed, undefined) : Effect.void
      }
      const { summary } = yield* workWith(at, "touch one", { mergeInto: "result", onEvent })
      assert.notInclude(tags, "NotMerged")
      assert.deepInclude(summary, { ended: "all_done", merged: 1, unmerged_steps: [] })
      assert.deepStrictEqual(filesOf(at, "result"), ["one"])

      yield* workPlan(at, { 1: [] }, { name: "q" })
      const began = Date.now()
      const never = yield* workWith(at, "true", { project: "q" as typeof project, mergeInto: "result/below" })
      assert.deepInclude(never.summary, { merged: 0, unmerged_steps: [1] })
      assert.isBelow(Date.now() - began, 6000)
    }))

  test("does not name a step as unmerged that somebody else has merged after git refused it", (at) =>
    Effect.gen(function* () {
      yield* workPlan(at, { 1: [], 2: [] })
      git(at.repository, "branch", "result")
      git(at.repository, "worktree", "add", "-q", join(at.folder, "r"), "result")
      commit(join(at.folder, "r"), "same", "theirs")
      const events = yield* Queue.unbounded<WorkEvent>()
      const merging = Effect.gen(function* () {
        let event = yield* Queue.take(events)
        while (event._tag !== "NotMerged") event = yield* Queue.take(events)
        yield* hq.merge({ step_id: 1, merge_commit: git(at.repository, "rev-parse", "result").trim() })
      })
      const both = [
        workWith(at, "if [ $HQ_STEP = 1 ]; then echo 1 > same; else sleep 3; fi", {
          mergeInto: "result",
          onEvent: (event) => Queue.offer(events, event)
        }),
        merging
      ] as const
      const [{ summary }] = yield* Effect.all(both, { concurrency: "unbounded" })
      assert.deepInclude(summary, { ended: "all_done", completed: 2, merged: 1, unmerged_steps: [] })
    }))

  test("with unblock_on merged, merges what others wait for, and ends if git refuses", (at) =>
    Effect.gen(function* () {
      yield* workPlan(at, { 1: [], 2: [1], 3: [2] }, { unblock_on: "merged" })
      const script = "touch $HQ_STEP; [ $HQ_STEP = 2 ] && echo 2 > same; exit 0"
      git(at.repository, "branch", "result")
      mkdirSync(worktrees(at), { recursive: true })
      git(at.repository, "worktree", "add", "-q", join(at.folder, "r"), "result")
      commit(join(at.folder, "r"), "same", "theirs")
      const { summary } = yield* workWith(at, script, { mergeInto: "result" })
      assert.deepInclude(summary, { ended: "all_blocked", completed: 2, merged: 1, unmerged_steps: [2] })
    }))

  test("with unblock_on merged and no branch to merge into, says which merge is missing, and goes on once it is told", (at) =>
    Effect.gen(function* () {
      yield* workPlan(at, { 1: [], 2: [1], 4: [] }, { unblock_on: "merged" })
      yield* hq.failNext("a", { step_num: 4 })
      const waiting = yield* Deferred.make<WorkEvent>()
      const onEvent = (event: WorkEvent) =>
        event._tag === "Waiting" ? Effect.asVoid(Deferred.succeed(waiting, event)) : Effect.void
      yield* workWith(at, "touch $HQ_STEP", { scopes: ["odd"] })
      const ended = yield* workWith(at, "touch $HQ_STEP", { scopes: ["even"] })
      assert.deepInclude(ended.summary, { ended: "failed_upstream", failed_steps: [4], unmerged_steps: [1] })
      yield* hq.recoverFailed(3)
      const again = yield* Effect.fork(workWith(at, "touch $HQ_STEP", { onEvent }))
      assert.deepInclude(yield* Deferred.await(waiting), { reason: "all_blocked", unmerged: [1] })
      yield* hq.merge({ step_id: 1, merge_commit: "abc" })
      assert.deepInclude((yield* Fiber.join(again)).summary, { ended: "all_done", completed: 2, unmerged_steps: [] })
    }))

  test("merges the commits of more dependencies than a claim hands over", (at) =>
    Effect.gen(function* () {
      const below = Array.from({ length: 52 }, (_, index) => index + 1)
      yield* workPlan(at, { ...Object.fromEntries(below.map((num) => [num, []])), 53: below })
      for (const num of below) {
        const tree = git(at.repository, "rev-parse", "HEAD^{tree}").trim()
        const hash = num < 51 ? at.base : git(at.repository, "commit-tree", tree, "-p", at.base, "-m", `${num}`).trim()
        const { id } = yield* hq.takeAndStart("a")
        yield* hq.complete({ step_id: id, agent_id: "a", commit_hash: hash })
      }
      const { summary } = yield* workWith(at, "true")
      assert.deepInclude(summary, { ended: "all_done", completed: 1 })
      assert.lengthOf(git(at.repository, "log", "--merges", "--format=%h", "p/step-53").trim().split("\n"), 1)
    }))

  test("merges only commits that are hashes and on the step's branch, and builds on hashes alone", (at) =>
    Effect.gen(function* () {
      yield* workPlan(at, { 1: [], 2: [], 3: [], 4: [1], 5: [] })
      for (const num of [1, 2, 3]) git(at.repository, "switch", "-q", "-c", `p/step-${num}`, "main")
      commit(at.repository, "three", "3")
      const three = git(at.repository, "rev-parse", "HEAD").trim()
      git(at.repository, "switch", "-q", "main")
      // One reports a name, one another's commit; of one the branch is gone, and one shortens the hash of what is on its branch.
      for (const [num, commit_hash] of [
        [1, "HEAD"],
        [2, three],
        [3, three.slice(0, 10).toUpperCase()],
        [5, three]
      ] as const) {
        const { id } = yield* hq.takeAndStart("a", { step_num: num })
        yield* hq.complete({ step_id: id, agent_id: "a", commit_hash })
      }
      const { events, summary } = yield* workWith(at, "true", { mergeInto: "result" })
      assert.deepInclude(summary, { completed: 0, failed: 1, merged: 2 })
      const reasons = events.flatMap((event) =>
        event._tag === "NotMerged" || event._tag === "Failed" ? [[event.step_num, event.reason]] : []
      )
      assert.sameDeepMembers(reasons, [
        [1, '"HEAD" is not the hash of a commit in this repository'],
        [2, `the commit ${three} is not on the step's branch p/step-2`],
        [
          4,
          'step 1: Write 1 (HEAD) cannot be merged into p/step-4: "HEAD" is not the hash of a commit in this repository'
        ]
      ])
      assert.deepStrictEqual(filesOf(at, "result"), ["three"])
    }))

  test("fails a step that leaves its work in a repository within, unless that is a submodule", (at) =>
    Effect.gen(function* () {
      yield* workPlan(at, { 1: [], 2: [], 3: [] })
      const library = makeRepository(join(at.folder, "library"))
      const script = `
        case $HQ_STEP$HQ_ATTEMPT in
          3?) git -c protocol.file.allow=always submodule --quiet add ${library} "in lib" ;;
          22) rm -r sub/.git; git rm -q --cached sub ;;
          ?1) git init -q sub; touch sub/file; git -C sub add file
              git -C sub -c user.name=ada -c user.email=ada@example.org commit -q -m work ;;
        esac
        if [ $HQ_STEP$HQ_ATTEMPT = 21 ]; then git add .; git commit -q -m committed; fi`
      const { events, summary } = yield* workWith(at, script, { retry: 1 })
      assert.deepInclude(summary, { ended: "all_failed", completed: 2, failed: 3, failed_steps: [1] })
      assert.deepStrictEqual(filesOf(at, "p/step-2"), ["sub/file"])
      assert.deepStrictEqual(filesOf(at, "p/step-3"), [".gitmodules", "in lib"])
      for (const event of events) {
        if (event._tag === "Failed")
          assert.match(event.reason, /^sub in .*: a git repository of its own, .* remove its \.git/)
      }
    }))

  test("names the folder and the files in which every attempt fails, and what to do about them", (at) =>
    Effect.gen(function* () {
      yield* workPlan(
        at,
        { 1: [], 2: [1] },
        {
          steps: [
            { step_num: 1, branch: "one", scope: "a" },
            { step_num: 2, branch: "two", scope: "a", depends_on: [1] }
          ]
        }
      )
      const folder = (name: string) => join(worktrees(at), name)
      mkdirSync(folder("one"), { recursive: true })
      writeFileSync(join(folder("one"), "notes"), "")
      const script = `
        case $HQ_STEP$HQ_ATTEMPT in
          2[12]) mkdir -p new; echo mine > new/file; echo mine > "a file"; exit 1 ;;
          1*) echo $HQ_ATTEMPT > more; if [ $HQ_ATTEMPT -gt 2 ]; then mkdir new; echo theirs | tee new/file > "a file"; fi ;;
        esac`
      const reasons = (events: ReadonlyArray<WorkEvent>) =>
        events.flatMap((event) => (event._tag === "Failed" ? [event.reason] : []))
      const first = yield* workWith(at, script)
      assert.deepStrictEqual(reasons(first.events), [
        `${folder("one")} is in the way: it is no worktree of ${at.repository}; move it elsewhere, or remove it`
      ])
      rmSync(folder("one"), { recursive: true })
      yield* workWith(at, script, { retry: 1 })
      // The review of the first step rejects it, and a retry of the second builds on what is made then.
      yield* hq.updatePlan({ project: "p", operations: [{ op: "reopen", step_num: 1, reason: "more" }] })
      const again = yield* workWith(at, script, { retry: 1 })
      const [reason = ""] = reasons(again.events)
      assert.match(reason, /^step 1 \(\w+\) cannot be merged into two: what an earlier attempt left in /)
      assert.include(reason, `${folder("two")} is in the way: a file, new/file; commit it there, move it`)
    }))
})
