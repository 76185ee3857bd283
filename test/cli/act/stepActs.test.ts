import { userInfo } from "node:os"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as TestClock from "effect/TestClock"
import { Acted } from "../../../src/cli/act/stepActs.ts"
import { cli, lastEvent, onFile, stored } from "../../support/cli.ts"
import { hq } from "../../support/hq.ts"

const human = `human:${userInfo().username}`

/** Step 1 is completed, step 2 held, step 3 waits for step 2. */
const filled = stored(
  Effect.gen(function* () {
    yield* hq.create("p", { 1: [], 2: [], 3: [2] })
    yield* hq.finish("a", { step_num: 1 })
    yield* hq.take("b", { step_num: 2 })
  })
)

const acts = {
  release: ["release", "p#2", "--force", "--reason", "wrong branch"],
  merge: ["merge", "p#1", "abc123"],
  reopen: ["reopen", "1", "--reason", "no test"]
} as const

const outcomes = {
  release: { out: 'Released p#2 from agent "b": claimed -> not_started\n', event: "released", step_id: 2 },
  merge: { out: "Merged p#1: completed -> merged\n", event: "merged", step_id: 1 },
  reopen: { out: "Reopened 1: completed -> not_started\n", event: "reopened", step_id: 1 }
} as const

for (const name of ["release", "merge", "reopen"] as const) {
  const { event, out, step_id } = outcomes[name]
  const act = acts[name]

  describe(`hq ${name}`, () => {
    it.effect("does it in the name of the person", () =>
      Effect.gen(function* () {
        const db = yield* filled
        assert.deepStrictEqual(yield* cli(db, act), { code: 0, out, err: "" })
        assert.deepInclude(yield* lastEvent(db), { agent_id: human, step_id, event_type: event })
      })
    )

    it.effect("changes nothing in a dry run, whose JSON is that of the act", () =>
      Effect.gen(function* () {
        const db = yield* filled
        const before = yield* lastEvent(db)
        const dry = yield* cli(db, [...act, "--dry-run", "--json"])
        assert.deepStrictEqual(yield* lastEvent(db), before)
        const done = yield* cli(db, [...act, "--json"])
        const [would, did] = [dry, done].map((ran) => Schema.decodeUnknownSync(Acted)(JSON.parse(ran.out)))
        assert.deepStrictEqual({ ...would, dry_run: false }, { ...did })
        assert.match((yield* cli(yield* filled, [...act, "--dry-run"])).out, new RegExp(`^Would ${name} `))
      })
    )

    it.effect("refuses a step whose status does not allow it, and says what to run", () =>
      Effect.gen(function* () {
        const db = yield* filled
        for (const more of [[], ["--dry-run"]]) {
          const refused = yield* cli(db, [act[0], "p#3", ...act.slice(2), ...more])
          assert.deepStrictEqual(refused, {
            code: 4,
            out: "",
            err: `hq: Step p#3 is not_started: there is nothing to ${name}. Run: hq explain p#3\n`
          })
        }
        assert.strictEqual((yield* cli(db, [act[0], "p#4", ...act.slice(2)])).code, 3)
      })
    )
  })
}

describe("hq release", () => {
  it.effect("leaves a step to an agent that is alive, and counts no lost attempt", () =>
    Effect.gen(function* () {
      const db = yield* filled
      for (const more of [[], ["--dry-run"]]) {
        const { code, err } = yield* cli(db, ["release", "p#2", ...more])
        assert.strictEqual(code, 4)
        assert.match(err, /alive.* Run: hq release p#2 --force\n$/)
      }
      yield* TestClock.adjust("2 minutes")
      assert.strictEqual((yield* cli(db, ["release", "p#2", "--reason", "wrong branch"])).code, 0)
      const again = yield* onFile(db, hq.claim("c", { step_id: 2 }))
      assert.deepInclude(again?.previous_attempts?.[0] as object, {
        agent_id: "b",
        outcome: "released",
        notes: "wrong branch"
      })
    })
  )
})

describe("refusals of the other acts", () => {
  it.effect("name the command that cures", () =>
    Effect.gen(function* () {
      const db = yield* filled
      yield* onFile(db, hq.fail({ step_id: 2, agent_id: "b", attempt: 1, reason: "no disk" }))
      const said = (all: ReadonlyArray<string>) => Effect.map(cli(db, all), ({ err }) => err.trim())
      assert.strictEqual(
        yield* said(["merge", "p#2", "abc"]),
        "hq: Step p#2 is failed: there is nothing to merge. Run: hq recover p#2"
      )
      assert.include(yield* said(["recover", "p#1"]), "Run: hq reopen p#1 --reason <why>")
      yield* cli(db, acts.merge)
      assert.include(yield* said(["merge", "p#1", "other"]), "is merged already, by commit abc123")
      assert.include(yield* said(["reopen", "p#1", "--reason", "x"]), "Run: hq explain p#1")
    })
  )

  it.effect("are those of the act with --dry-run, too, where others build on the step", () =>
    Effect.gen(function* () {
      const db = yield* stored(Effect.zipRight(hq.create("p", { 1: [], 2: [1] }), hq.finish("a")))
      const line = ["reopen", "p#1", "--reason", "x"]
      assert.strictEqual((yield* cli(db, [...line, "--dry-run"])).code, 0)
      yield* onFile(db, hq.take("b"))
      const refused = yield* cli(db, line)
      assert.deepInclude(refused, { code: 4, out: "" })
      assert.include(refused.err, 'step 2 (id 2), which is claimed, held by agent "b", builds on it')
      assert.deepStrictEqual(yield* cli(db, [...line, "--dry-run"]), refused)
    })
  )

  it.effect("say what is wrong with an argument", () =>
    Effect.gen(function* () {
      const db = yield* filled
      for (const given of [
        ["merge", "p#1", "-- "],
        ["merge", "p#1", " "],
        ["reopen", "p#1", "--reason", " "],
        ["reopen", "p#1"],
        ["release", "seven"]
      ]) {
        assert.strictEqual((yield* cli(db, given)).code, 2, given.join(" "))
      }
    })
  )
})
