import { userInfo } from "node:os"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as TestClock from "effect/TestClock"
import { recover } from "../../../src/cli/act/recover.ts"
import { cli, lastEvent, onFile, stored } from "../../support/cli.ts"
import { free, hq } from "../../support/hq.ts"

const human = `human:${userInfo().username}`

/** Step 1 has failed, step 2 is held, step 3 is free. */
const filled = stored(
  Effect.gen(function* () {
    yield* hq.create("p", free(3))
    yield* hq.failNext("a")
    yield* hq.take("b")
  })
)

const read = (json: string) => Schema.decodeUnknownSync(recover.answer)(JSON.parse(json))

describe("hq recover", () => {
  it.effect("opens a failed step and takes one from a silent agent, in the name of the person", () =>
    Effect.gen(function* () {
      const db = yield* filled
      yield* TestClock.adjust("2 minutes")
      const ran = yield* cli(db, ["recover", "p#1", "2"])
      assert.deepStrictEqual(ran, {
        code: 0,
        out: 'Recovered p#1: failed -> not_started\nRecovered 2 from agent "b": claimed -> not_started\n',
        err: ""
      })
      assert.deepInclude(yield* lastEvent(db), { agent_id: human, step_id: 2, event_type: "recovered" })
    })
  )

  it.effect("tells each of several steps, and ends with the code of the first that was refused", () =>
    Effect.gen(function* () {
      const db = yield* filled
      const ran = yield* cli(db, ["recover", "p#9", "p#1", "p#2", "p#3"])
      assert.strictEqual(ran.code, 3)
      assert.strictEqual(ran.out, "Recovered p#1: failed -> not_started\n")
      assert.match(
        ran.err,
        /^hq: p#9: There is no step 9 of p\. .*\nhq: p#2: .*held by agent "b".*alive.* Run: hq recover p#2 --force\nhq: Step p#3 is not_started: there is nothing to recover\. Run: hq explain p#3\n$/
      )
      const json = yield* cli(db, ["recover", "p#2", "p#9", "--json"])
      const { steps } = read(json.out)
      assert.deepStrictEqual([json.code, json.err, steps.length], [4, "", 2])
      assert.deepInclude(steps[1].error, { _tag: "NotFound", exit_code: 3 })
    })
  )

  it.effect("fails with the error itself if a single step is refused", () =>
    Effect.gen(function* () {
      const db = yield* filled
      const { code, out } = yield* cli(db, ["recover", "p#2", "--json"])
      assert.strictEqual(code, 4)
      assert.deepInclude(JSON.parse(out).error, { _tag: "Conflict", step_id: 2, status: "claimed" })
      assert.strictEqual((yield* cli(db, ["recover", "p#2", "--force"])).code, 0)
    })
  )

  it.effect("finds those that are silent and those that have failed, and names them", () =>
    Effect.gen(function* () {
      const db = yield* filled
      assert.include((yield* cli(db, ["recover", "--stale"])).out, "There are no such steps.")
      yield* TestClock.adjust("16 minutes")
      const stale = yield* cli(db, ["recover", "--stale", "--dry-run"])
      assert.strictEqual(stale.out, 'Would recover p#2 from agent "b": claimed -> not_started\n')
      assert.strictEqual((yield* onFile(db, hq.get(2))).status, "claimed")
      assert.include((yield* cli(db, ["recover", "--stale"])).out, "Recovered p#2")
      const failed = read((yield* cli(db, ["recover", "--failed", "--json"])).out)
      assert.deepStrictEqual(
        failed.steps.map(({ step }: { step: string }) => step),
        ["p#1"]
      )
      assert.deepStrictEqual((yield* cli(db, ["recover", "--failed", "--json"])).out, '{"format":1,"steps":[]}\n')
    })
  )

  it.effect("foresees in a dry run what would be refused", () =>
    Effect.gen(function* () {
      const db = yield* filled
      assert.strictEqual((yield* cli(db, ["recover", "p#2", "--dry-run"])).code, 4)
      assert.strictEqual((yield* cli(db, ["recover", "p#3", "--dry-run"])).code, 4)
      assert.strictEqual((yield* cli(db, ["recover", "p#2", "--dry-run", "--force"])).code, 0)
    })
  )

  it.effect("wants steps, or one of the ways to find them", () =>
    Effect.gen(function* () {
      const db = yield* filled
      for (const given of [[], ["p#1", "--failed"], ["--stale", "--failed"]]) {
        assert.strictEqual((yield* cli(db, ["recover", ...given])).code, 2)
      }
    })
  )
})
