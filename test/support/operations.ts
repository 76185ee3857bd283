import * as Effect from "effect/Effect"
import * as TestClock from "effect/TestClock"
import type { StorageError } from "../../src/domain/Errors.ts"
import * as Coordination from "../../src/layers/Coordination.ts"
import { hq, plan } from "./hq.ts"
import { tempDatabase } from "./temp.ts"

const step = (step_num: number, title: string, estimate_minutes: number, depends_on: ReadonlyArray<number> = []) => ({
  ...{ step_num, title, estimate_minutes, depends_on, branch: `shop/${step_num}`, scope: step_num % 2 ? "api" : "ui" },
  files: step_num === 6 || step_num === 7 ? ["src/cart/*.ts"] : [`src/part${step_num}/**`]
})

/** A plan in full swing, in a file of its own: the file's name. It is noon on 5 May 2026. */
export const busyShop = Effect.gen(function* () {
  const filename = tempDatabase()
  yield* TestClock.setTime(Date.UTC(2026, 4, 5, 6))
  yield* Effect.provide(
    Effect.gen(function* () {
      yield* hq.createProject({
        name: "shop",
        base_commit: "abc123",
        priority: 5,
        steps: [
          step(1, "Store the catalogue", 60),
          step(2, "Draw the catalogue", 90, [1]),
          step(3, "Take payments", 240),
          step(4, "Draw the checkout", 60, [3]),
          step(5, "Send receipts", 30, [4]),
          step(6, "Keep the cart", 120, [1]),
          step(7, "Search", 45, [1]),
          step(8, "Import prices", 30),
          step(9, "Log what is sold", 30),
          step(10, "Recommend", 60, [9]),
          step(11, "Say thank you", 15),
          step(12, "Keep wish lists", 15)
        ]
      })
      const take = (agent_id: string, step_num: number) => hq.take(agent_id, { project: "shop", step_num })
      const first = yield* take("ana", 1)
      yield* hq.start({ step_id: first.id, agent_id: "ana" })
      yield* TestClock.adjust("50 minutes")
      yield* hq.complete({
        ...{ step_id: first.id, agent_id: "ana", commit_hash: "c1" },
        files_modified: ["src/cart/model.ts", "src/catalogue.ts"]
      })
      const failed = yield* take("bo\u001b[2J", 3)
      yield* hq.fail({
        step_id: failed.id,
        agent_id: "bo\u001b[2J",
        reason: "the bank's sandbox is down:\n\u001b[31mHTTP 503"
      })
      for (let attempt = 1; attempt <= 3; attempt++) {
        yield* take("cy", 8)
        // Without a gap between sweeps, in which its agent could have been asleep.
        for (let minute = 0; minute <= 16; minute++) yield* Effect.zipRight(TestClock.adjust("1 minute"), hq.sweep)
      }
      yield* TestClock.setTime(Date.UTC(2026, 4, 5, 8, 55))
      yield* take("dee", 2)
      yield* TestClock.setTime(Date.UTC(2026, 4, 5, 11, 54))
      yield* take("eve", 6)
      yield* TestClock.setTime(Date.UTC(2026, 4, 5, 11, 59, 57))
      yield* hq.takeAndStart("fay", { project: "shop", step_num: 7, allow_overlap: true })

      yield* hq.createProject({ ...plan("site", { 1: [], 2: [1], 3: [] }), unblock_on: "merged" })
      yield* hq.finish("ana", { project: "site", step_num: 1 })
      yield* hq.create("later", { 1: [] })
      yield* hq.updateProject({ name: "later", status: "paused" })
      yield* hq.create("done", { 1: [] })
      yield* hq.finish("ana", { project: "done" })
      yield* TestClock.setTime(Date.UTC(2026, 4, 5, 12))
    }),
    Coordination.layerSqlite({ filename })
  )
  return filename
})

/** A file without any project. */
export const emptyStore = Effect.sync(tempDatabase)

/** A new file in which that was done: its name. */
export const stored = <A, E>(
  acts: Effect.Effect<A, E, Coordination.Coordination>
): Effect.Effect<string, E | StorageError> =>
  Effect.suspend(() => {
    const filename = tempDatabase()
    return Effect.as(Effect.provide(acts, Coordination.layerSqlite({ filename })), filename)
  })
