import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as TestClock from "effect/TestClock"
import * as Coordination from "../../../src/layers/Coordination.ts"
import { cli } from "../../support/cli.ts"
import { hq } from "../../support/hq.ts"
import { tempDatabase } from "../../support/temp.ts"

describe("hq queue", () => {
  it.effect("shows who waits for what, and so does hq agents", () =>
    Effect.gen(function* () {
      const db = tempDatabase()
      yield* Effect.provide(
        Effect.gen(function* () {
          yield* hq.create("p", { 1: [] })
          yield* hq.take("a")
          const call = hq.answer({ project: "p", agent_id: "b", scopes: ["api", "ui"], wait_seconds: 50 })
          const waiting = yield* Effect.fork(call)
          yield* TestClock.adjust("5 seconds")
          const { out } = yield* cli(db, ["queue"], { columns: 80, environment: { NO_COLOR: "1" } })
          assert.deepStrictEqual(
            out.split("\n").map((line) => line.trim().split(/ {2,}/)),
            [["#", "AGENT", "PROJECT", "SCOPES", "WAITS", "GIVES UP IN"], ["1", "b", "p", "api, ui", "5s", "45s"], [""]]
          )
          assert.match((yield* cli(db, ["agents"])).out, /^b +waits +5s +0$/m)
          assert.include((yield* cli(db, ["status"])).out, "1 call waits for a step: hq queue")
          yield* Fiber.interrupt(waiting)
        }),
        Coordination.layerSqlite({ filename: db })
      )
    })
  )
})
