import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { cli } from "../../support/cli.ts"
import { busyShop } from "../../support/operations.ts"

/** The commands that it says to run. */
const commands = (out: string) => [...out.matchAll(/^hq .*$/gm)].map(([command]) => command)

describe("hq explain", () => {
  it.effect("says what to run for a step, and for those that it waits for", () =>
    Effect.gen(function* () {
      const db = yield* busyShop
      const of = (step: string) => Effect.map(cli(db, ["explain", step]), ({ out }) => commands(out))
      assert.deepStrictEqual(yield* of("shop#3"), ["hq recover shop#3"])
      assert.deepStrictEqual(yield* of("shop#5"), ["hq recover shop#3"])
      // Its lease has ended.
      assert.deepStrictEqual(yield* of("shop#2"), ["hq recover shop#2"])
      assert.deepStrictEqual(yield* of("site#2"), ["hq merge site#1 <commit>"])
      assert.deepStrictEqual(yield* of("shop#7"), [])
      assert.deepStrictEqual(yield* of("shop#9"), [])
    })
  )

  it.effect("explains a project by its longest chain and its bottlenecks", () =>
    Effect.gen(function* () {
      const db = yield* busyShop
      const { out } = yield* cli(db, ["explain", "shop"], { columns: 60, environment: { NO_COLOR: "1" } })
      assert.include(
        out,
        "The longest chain of unfinished steps has 3 steps: 5h 30m by\nestimates, with any number of agents."
      )
      assert.match(out, /Longest chain\nSTEP.*\n#3 .*\n#4 .*\n#5 .*\n/)
      assert.match(out, /Failed, and others wait for them\nSTEP.*\n#3 .*#4 #5\n/)
      assert.include((yield* cli(db, ["explain", "done"])).out, "No step is left.")
      assert.strictEqual((yield* cli(db, ["explain", "shop#99"])).code, 3)
      assert.strictEqual((yield* cli(db, ["explain", "none"])).code, 3)
    })
  )
})
