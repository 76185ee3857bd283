import { userInfo } from "node:os"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { deleteProject } from "../../../src/cli/act/delete.ts"
import { priority } from "../../../src/cli/act/priority.ts"
import { pause } from "../../../src/cli/act/projectStatus.ts"
import { cli, lastEvent, stored } from "../../support/cli.ts"
import { free, hq } from "../../support/hq.ts"

const human = `human:${userInfo().username}`

/** Project "my app" with a step at work, and project p. */
const filled = stored(
  Effect.gen(function* () {
    yield* hq.create("my app", free(2))
    yield* hq.take("a", { project: "my app" })
    yield* hq.create("p", free(1))
  })
)

describe("hq pause, resume and abort", () => {
  it.effect("set the status in the name of the person, and say what goes on", () =>
    Effect.gen(function* () {
      const db = yield* filled
      const dry = yield* cli(db, ["pause", "my app", "--dry-run", "--json"])
      assert.deepInclude(Schema.decodeUnknownSync(pause.answer)(JSON.parse(dry.out)), { from: "active", to: "paused" })
      assert.strictEqual(
        (yield* cli(db, ["pause", "my app"])).out,
        "Set my app: active -> paused\n1 step that is at work may end.\n"
      )
      const { agent_id, metadata } = yield* lastEvent(db)
      assert.deepStrictEqual(
        [agent_id, metadata],
        [human, { project: "my app", from: { status: "active" }, to: { status: "paused" } }]
      )
      assert.strictEqual((yield* cli(db, ["pause", "my app"])).out, "my app is paused already.\n")
      assert.strictEqual(
        (yield* cli(db, ["resume", "my app", "--dry-run"])).out,
        "Would set my app: paused -> active\n"
      )
      assert.strictEqual((yield* cli(db, ["resume", "my app"])).out, "Set my app: paused -> active\n")
    })
  )

  it.effect("know that a project without open steps completes instead of going on", () =>
    Effect.gen(function* () {
      const db = yield* stored(
        Effect.gen(function* () {
          yield* hq.create("p", free(1))
          yield* hq.finish("a")
          yield* hq.updateProject({ name: "p", status: "aborted" })
        })
      )
      assert.include((yield* cli(db, ["resume", "p", "--dry-run"])).out, "aborted -> completed")
      assert.include((yield* cli(db, ["resume", "p"])).out, "aborted -> completed")
    })
  )

  it.effect("ask before a project is given up, and without a terminal want --yes", () =>
    Effect.gen(function* () {
      const db = yield* filled
      const mute = yield* cli(db, ["abort", "my app"])
      assert.deepStrictEqual([mute.code, mute.out], [2, ""])
      assert.include(mute.err, "Run: hq abort 'my app' --yes")
      const no = yield* cli(db, ["abort", "my app"], { answers: [""] })
      assert.deepStrictEqual([no.code, no.out], [1, ""])
      assert.include(no.err, "Abort my app? 1 step that is at work may end. [y/N] hq: Nothing was changed.")
      assert.include((yield* cli(db, ["abort", "my app"], { answers: ["y"] })).out, "active -> aborted")
      assert.include((yield* cli(db, ["abort", "p", "--yes"])).out, "Set p: active -> aborted")
      assert.strictEqual((yield* cli(db, ["abort", "none", "--yes"])).code, 3)
    })
  )
})

describe("hq priority", () => {
  it.effect("shows and sets it, also below zero", () =>
    Effect.gen(function* () {
      const db = yield* filled
      assert.strictEqual((yield* cli(db, ["priority", "p"])).out, "The priority of p is 0.\n")
      assert.strictEqual(
        (yield* cli(db, ["priority", "p", "10", "--dry-run"])).out,
        "Would set the priority of p: 0 -> 10\n"
      )
      assert.strictEqual((yield* cli(db, ["priority", "p", "10"])).out, "Set the priority of p: 0 -> 10\n")
      assert.deepInclude(yield* lastEvent(db), { agent_id: human, event_type: "updated" })
      const json = yield* cli(db, ["priority", "p", "--json", "--", "-1"])
      assert.deepInclude(Schema.decodeUnknownSync(priority.answer)(JSON.parse(json.out)), { from: 10, to: -1 })
      for (const n of ["high", "1000001"]) assert.strictEqual((yield* cli(db, ["priority", "p", n])).code, 2)
    })
  )
})

describe("hq delete", () => {
  it.effect("wants the name typed, or --yes", () =>
    Effect.gen(function* () {
      const db = yield* filled
      const mute = yield* cli(db, ["delete", "p"])
      assert.deepStrictEqual([mute.code, mute.out], [2, ""])
      assert.include(mute.err, "Run: hq delete p --yes")
      assert.strictEqual((yield* cli(db, ["delete", "p"], { answers: ["y"] })).code, 1)
      assert.strictEqual((yield* cli(db, ["delete", "p", "--dry-run"])).out, "Would delete p with 1 step.\n")
      const typed = yield* cli(db, ["delete", "p"], { answers: ["p"] })
      assert.deepStrictEqual([typed.code, typed.out], [0, "Deleted p with 1 step.\n"])
      assert.deepInclude(yield* lastEvent(db), { agent_id: human, event_type: "deleted" })
      assert.strictEqual((yield* cli(db, ["delete", "p", "--yes"])).code, 3)
    })
  )

  it.effect("wants --force while agents hold steps", () =>
    Effect.gen(function* () {
      const db = yield* filled
      const held = yield* cli(db, ["delete", "my app", "--yes"])
      assert.deepStrictEqual(held, {
        code: 4,
        out: "",
        err: `hq: Agents hold 1 of the steps of "my app". Run: hq delete 'my app' --force\n`
      })
      const forced = yield* cli(db, ["delete", "my app", "--yes", "--force", "--json"])
      assert.deepInclude(Schema.decodeUnknownSync(deleteProject.answer)(JSON.parse(forced.out)), { claims: 1 })
    })
  )
})
