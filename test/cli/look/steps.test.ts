import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { cli } from "../../support/cli.ts"
import { busyShop } from "../../support/operations.ts"

describe("hq steps", () => {
  it.effect("lists steps of a status, of a scope, of one project or of all that are open", () =>
    Effect.gen(function* () {
      const db = yield* busyShop
      const of = (...more: ReadonlyArray<string>) =>
        Effect.map(cli(db, ["steps", ...more]), ({ out }) =>
          out
            .split("\n")
            .slice(1, -1)
            .map((line) => line.split(" ")[0])
        )
      assert.deepStrictEqual(yield* of("--status", "failed"), ["shop#3", "shop#8"])
      assert.deepStrictEqual(yield* of("shop", "--scope", "UI", "--status", "not_started"), [
        "shop#4",
        "shop#10",
        "shop#12"
      ])
      assert.deepStrictEqual(yield* of("done"), ["done#1"])
      assert.lengthOf(yield* of(), 16)
      assert.strictEqual((yield* cli(db, ["steps", "shop", "--scope", "db"])).out, "No such steps.\n")
      const { code, err } = yield* cli(db, ["steps", "shop", "--status", "lost"])
      assert.strictEqual(code, 2)
      assert.include(err, "not_started")
    })
  )
})
