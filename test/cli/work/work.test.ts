import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { work } from "../../../src/cli/work/work.ts"
import * as Coordination from "../../../src/layers/Coordination.ts"
import { cli } from "../../support/cli.ts"
import { hq } from "../../support/hq.ts"
import { tempDatabase } from "../../support/temp.ts"
import { shellScript, workPlan, workRepository } from "../../support/work.ts"

// The command works in the current folder's repository.
const at = workRepository()
const home = process.cwd()
beforeAll(() => process.chdir(at.repository))
afterAll(() => process.chdir(home))

/** A database with a plan of two steps. */
const filled = (body: Effect.Effect<unknown, unknown, Coordination.Coordination> = Effect.void) =>
  Effect.gen(function* () {
    const db = tempDatabase()
    yield* Effect.provide(
      Effect.zipRight(workPlan(at, { 1: [], 2: [1] }), body),
      Coordination.layerSqlite({ filename: db })
    )
    return db
  })

describe("hq work", () => {
  it.live("says what is wrong with its arguments, with exit code 2", () =>
    Effect.gen(function* () {
      const db = yield* filled()
      const wrong = [
        [["p"], "No program is given. Give it after --, such as: hq work p -- claude -p"],
        [["p", "--agents", "0", "--", "true"], "--agents must be from 1 to 200. The default is 1."],
        [["p", "--retry", "-1", "--", "true"], "--retry must not be negative. The default is 0."],
        [["p", "--merge", "--", "true"], "--merge and --into belong together. Such as: --merge --into main"],
        [["p", "--into", "main", "--", "true"], "--merge and --into belong together. Such as: --merge --into main"],
        [
          ["p", "--timeout", "2 weeks", "--", "true"],
          '"2 weeks" is not a length of time. Give --timeout such as 90s, 30m or 2h.'
        ],
        [[" ", "--", "true"], '" " is not a project\'s name. See them all: hq projects']
      ] as const
      for (const [args, text] of wrong) {
        assert.deepStrictEqual(yield* cli(db, ["work", ...args]), { code: 2, out: "", err: `hq: ${text}\n` })
      }
    })
  )

  it.live("tells of the project, the scope and the program that are not there", () =>
    Effect.gen(function* () {
      const db = yield* filled()
      const none = yield* cli(db, ["work", "q", "--json", "--", "true"])
      assert.deepInclude(none, { code: 3, err: "" })
      assert.deepInclude(JSON.parse(none.out).error, { _tag: "NotFound", key: "q" })
      const scope = yield* cli(db, ["work", "p", "--scope", "od", "--", "true"])
      assert.deepStrictEqual(scope, {
        code: 1,
        out: "",
        err: 'hq: No step has the scope "od". There are: even, odd.\n'
      })
    })
  )

  it.live("takes a relative path of the program from the current folder, as a shell does", () =>
    Effect.gen(function* () {
      const db = yield* filled()
      shellScript(at, "true")
      const { code, err, out } = yield* cli(db, ["work", "p", "--", "../agent.sh"])
      assert.deepStrictEqual([code, out], [0, "2 steps completed\n"], err)
      assert.match(
        err,
        /^p#1 started by agent\.sh-\w+-1: Write 1 \(.*\)\np#1 completed in .*\np#2 started .*\np#2 completed /
      )
    })
  )

  it.live("leaves all that follows -- to the program, also what hq itself would answer", () =>
    Effect.gen(function* () {
      const db = yield* filled()
      const options = ["--help", "-h", "--version", "--json", "--wizard", "--completions", "bash"]
      const { code, err, out } = yield* cli(db, ["work", "p", "--", "sh", "-c", 'echo "$@"; exit 3', ...options])
      assert.deepStrictEqual([code, out], [1, "0 steps completed, 1 failed attempt\n"])
      assert.include(err, `p#1 failed: the program exited with 3: ${options.slice(1).join(" ")}`)
    })
  )

  it.live("answers at once where all is done, and fails where a failed step is in the way", () =>
    Effect.gen(function* () {
      const done = yield* filled(Effect.all([hq.finish("a"), hq.finish("a")]))
      assert.deepStrictEqual(yield* cli(done, ["work", "p", "--", "true"], { columns: 80 }), {
        code: 0,
        out: "0 steps completed\n",
        err: ""
      })
      const { code, out } = yield* cli(done, ["work", "p", "--json", "--", "claude", "-p", "--json"])
      assert.strictEqual(code, 0)
      assert.deepInclude(Schema.decodeUnknownSync(work.answer)(JSON.parse(out)), { ended: "all_done", completed: 0 })

      const failed = yield* filled(hq.failNext("a"))
      assert.deepStrictEqual(yield* cli(failed, ["work", "p", "--", "true"]), {
        code: 1,
        out: "0 steps completed\n",
        err: "hq: Of p, step 1 failed. See why: hq show p#1. Once that is mended, run: the same command with --retry 1\n"
      })
      const aborted = yield* filled(hq.updateProject({ name: "p", status: "aborted" }))
      assert.deepStrictEqual(yield* cli(aborted, ["work", "p", "--", "true"]), {
        code: 1,
        out: "0 steps completed\n",
        err: "hq: p is aborted. Let it go on: hq resume p\n"
      })
    })
  )

  it.live("answers with its summary also at a bad end, and tells all that is left", () =>
    Effect.gen(function* () {
      const plan = hq.createProject({
        name: "q",
        base_commit: at.base,
        steps: [1, 2, 3].map((step_num) => ({ step_num, branch: `q/${step_num}`, scope: "a" }))
      })
      const complete = Effect.flatMap(hq.takeAndStart("a", { project: "q" }), ({ id }) =>
        hq.complete({ step_id: id, agent_id: "a", commit_hash: "HEAD" })
      )
      const db = yield* filled(Effect.all([plan, hq.failNext("a", { project: "q" }), complete]))
      const args = ["work", "q", "--merge", "--into", "result", "--json", "--", "true"]
      const { code, err, out } = yield* cli(db, args)
      assert.strictEqual(code, 1)
      const { failed_steps, merged, unmerged_steps } = Schema.decodeUnknownSync(work.answer)(JSON.parse(out))
      assert.deepStrictEqual([failed_steps, merged, unmerged_steps], [[1], 1, [2]])
      assert.deepStrictEqual(err.split("\n").slice(-3), [
        "hq: Of q, step 1 failed. See why: hq show q#1. Once that is mended, run: the same command with --retry 1",
        "hq: Of q, step 2 could not be merged. Merge yourself, and tell hq: hq merge q#2 <commit>",
        ""
      ])
    })
  )

  it.live("leaves steps of other scopes to others, unless its own wait for them", () =>
    Effect.gen(function* () {
      const db = yield* filled(
        hq
          .createProject({
            name: "q",
            base_commit: at.base,
            steps: [
              { step_num: 1, branch: "s/1", scope: "a" },
              { step_num: 2, branch: "s/2", scope: "b" },
              { step_num: 3, branch: "s/3", scope: "c", depends_on: [2] }
            ]
          })
          .pipe(Effect.zipRight(hq.failNext("x", { project: "q", scopes: ["b"] })))
      )
      const own = yield* cli(db, ["work", "q", "--scope", "a", "--", "true"])
      assert.deepInclude(own, { code: 0, out: "1 step completed\n" })
      assert.notInclude(own.err, "hq: ")
      const behind = yield* cli(db, ["work", "q", "--scope", "c", "--retry", "1", "--", "true"])
      assert.deepStrictEqual(behind, {
        code: 1,
        out: "0 steps completed\n",
        err: "hq: Of q, step 2 failed. See why: hq show q#2. Once that is mended, run: hq recover q#2\n"
      })
    })
  )
})
