import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as TestClock from "effect/TestClock"
import { wait } from "../../../src/cli/look/wait.ts"
import * as Coordination from "../../../src/layers/Coordination.ts"
import { cli } from "../../support/cli.ts"
import { free, hq, plan } from "../../support/hq.ts"
import { busyShop, stored } from "../../support/operations.ts"

const inStore = <A, E>(filename: string, acts: Effect.Effect<A, E, Coordination.Coordination>) =>
  Effect.provide(acts, Coordination.layerSqlite({ filename }))

const twoDone = stored(
  Effect.gen(function* () {
    yield* hq.create("p", free(2))
    yield* hq.finish("a")
    yield* hq.finish("a")
  })
)

describe("hq wait", () => {
  it.effect("ends at once with what is reached", () =>
    Effect.gen(function* () {
      const db = yield* twoDone
      const { code, out } = yield* cli(db, ["wait", "p", "p#1", "2"])
      assert.deepStrictEqual([code, out], [0, "p is completed.\np#1 is completed.\n2 is completed.\n"])
      const json = yield* cli(db, ["wait", "p#1", "p", "--json"])
      const { reached } = Schema.decodeUnknownSync(wait.answer)(JSON.parse(json.out))
      assert.deepStrictEqual(
        reached.map(({ name, status }: Record<string, string>) => [name, status]),
        [
          ["p#1", "completed"],
          ["p", "completed"]
        ]
      )
    })
  )

  it.effect("ends with 8 and what is missing when the time is up", () =>
    Effect.gen(function* () {
      const db = yield* stored(
        Effect.gen(function* () {
          yield* hq.createProject({ ...plan("p", { 1: [], 2: [1], 3: [], 4: [] }), unblock_on: "merged" })
          yield* hq.finish("a")
          yield* hq.take("b")
        })
      )
      const line = ["wait", "p", "p#3", "p#4", "--until", "merged", "--timeout", "10s"]
      const waiting = yield* Effect.fork(cli(db, [...line, "--json"]))
      const pass = (seconds: number) =>
        Effect.repeatN(Effect.zipRight(Effect.yieldNow(), TestClock.adjust("1 second")), seconds - 1)
      yield* pass(9)
      assert.isTrue(Option.isNone(yield* Fiber.poll(waiting)))
      // The wait began after the store was opened.
      yield* pass(3)
      const { code, out } = yield* Fiber.join(waiting)
      const { error } = JSON.parse(out)
      assert.strictEqual(code, 8)
      assert.deepStrictEqual(error.missing, [
        "p (0 of 4 steps merged, 1 at work, 1 ready, 1 blocked, 1 not merged)",
        "p#3 (claimed by b)",
        "p#4 (not_started)"
      ])
      assert.include(error.message, "Not merged after 10s: p (0 of 4 steps merged")
      const now = yield* cli(db, ["wait", "p#4", "--timeout", "0s"])
      assert.deepStrictEqual([now.code, now.out], [8, ""])
      assert.include(now.err, "Not completed after 0s: p#4 (not_started).")
    })
  )

  it.effect("ends at once with 1 when a step has failed or is cancelled, or the project is aborted", () =>
    Effect.gen(function* () {
      const db = yield* busyShop
      const of = (...line: ReadonlyArray<string>) =>
        Effect.map(cli(db, ["wait", ...line]), ({ code, err }) => [code, err.trim()] as const)
      assert.deepStrictEqual(yield* of("shop"), [
        1,
        "hq: 2 steps of shop failed. Run: hq recover shop#8; hq recover shop#3"
      ])
      const [code, text] = yield* of("shop#1", "shop#3")
      assert.strictEqual(code, 1)
      assert.include(
        text,
        "shop#3 failed: the bank's sandbox is down:\\n\\u{1b}[31mHTTP 503. Make it claimable again: hq recover"
      )
      yield* inStore(
        db,
        Effect.gen(function* () {
          yield* hq.updatePlan({ project: "site", operations: [{ op: "cancel", step_num: 3 }] })
          yield* hq.updateProject({ name: "later", status: "aborted" })
        })
      )
      assert.deepInclude((yield* of("site#3"))[1], "site#3 is cancelled.")
      assert.deepStrictEqual(yield* of("later"), [1, "hq: later is aborted. Go on with it: hq resume later"])
      assert.deepStrictEqual((yield* of("nobody"))[0], 3)
    })
  )

  it.effect("ends at once with 1 for a step that nobody begins: behind a failed one, or in an aborted project", () =>
    Effect.gen(function* () {
      const db = yield* stored(Effect.zipRight(hq.create("p", { 1: [], 2: [1], 3: [2] }), hq.failNext("a")))
      const behind = "hq: p#3 waits for p#1, which failed. Make it claimable again: hq recover 1\n"
      assert.deepStrictEqual(yield* cli(db, ["wait", "p#3"]), { code: 1, out: "", err: behind })
      yield* inStore(db, Effect.zipRight(hq.create("q", free(1)), hq.updateProject({ name: "q", status: "aborted" })))
      const aborted = "hq: q is aborted. Go on with it: hq resume q\n"
      assert.deepStrictEqual(yield* cli(db, ["wait", "q#1"]), { code: 1, out: "", err: aborted })
    })
  )

  it.effect("refuses what is no length of time, and no subject", () =>
    Effect.gen(function* () {
      const db = yield* twoDone
      for (const timeout of ["soon", "1 x", "h", "-1s", "", "1e3s"]) {
        const { code, err } = yield* cli(db, ["wait", "p", `--timeout=${timeout}`])
        assert.strictEqual(code, 2, timeout)
        assert.isNotEmpty(err)
      }
      assert.strictEqual((yield* cli(db, ["wait", "p", "--timeout", "0s"])).code, 0)
      assert.strictEqual((yield* cli(db, ["wait"])).code, 2)
    })
  )

  it.live("ends when another process has completed the last step", () =>
    Effect.gen(function* () {
      const db = yield* stored(hq.create("p", free(1)))
      const waiting = yield* Effect.fork(cli(db, ["wait", "p", "--timeout", "1m"]))
      yield* Effect.sleep("100 millis")
      yield* inStore(db, hq.finish("a"))
      const ran = yield* Effect.timeout(Fiber.join(waiting), "10 seconds")
      assert.deepStrictEqual([ran.code, ran.out], [0, "p is completed.\n"])
    })
  )

  it.effect("is explained with what may be repeated, and other commands with what may be left out", () =>
    Effect.gen(function* () {
      const db = yield* twoDone
      const { out } = yield* cli(db, ["wait", "--help"])
      assert.include(out, "\n  hq wait <project|step>… [options]\n")
      assert.include(out, "\n  <project|step>…  Projects, or steps such as myapp#7 or an id\n")
      assert.include((yield* cli(db, ["events", "--help"])).out, "\n  hq events [project] [options]\n")
    })
  )
})
