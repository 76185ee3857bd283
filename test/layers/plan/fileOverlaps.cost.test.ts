import { assert } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { cpuTime } from "../../support/cpuTime.ts"
import { hq } from "../../support/hq.ts"
import { rows } from "../../support/rows.ts"
import { suite } from "../../support/storages.ts"

const numbers = Array.from({ length: 100 }, (_, at) => at).join(",")

/** What an earlier hq stored: ten thousand alternatives a step, of which none overlaps with those of another letter. */
const stored = (letter: string) =>
  JSON.stringify(Array.from({ length: 100 }, (_, at) => `*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*{${numbers}}${at}${letter}?.t`))

/** As many costly globs as may be stored. */
const legal = (letter: string) => Array.from({ length: 16 }, (_, at) => `${"a*".repeat(470)}${at}${letter}?.t`)

const create = (files: ReadonlyArray<ReadonlyArray<string>>) =>
  hq.createProject({
    name: "p",
    base_commit: "abc123",
    steps: files.map((files, index) => ({ scope: "api", files, step_num: index + 1, branch: `step${index + 1}/work` }))
  })

const timed = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.suspend(() => {
    const since = cpuTime()
    return Effect.map(effect, (answer) => [answer, cpuTime() - since] as const)
  })

suite("globs that are costly to compare", (test) => {
  test(
    "of an earlier version count as in use, and a claim is answered soon",
    Effect.gen(function* () {
      yield* create([["a"], ["b"], ["c"]])
      yield* rows(`UPDATE $steps SET files = '${stored("x")}' WHERE id = 1`)
      yield* rows(`UPDATE $steps SET files = '${stored("y")}' WHERE id = 2`)
      yield* hq.take("a")
      const [answer, millis] = yield* timed(hq.answer({ project: "p", agent_id: "b", step_num: 2 }).pipe(Effect.flip))
      assert.strictEqual(answer._tag, "Conflict")
      assert.isBelow(millis, 5_000)
      yield* hq.release({ step_id: 1, agent_id: "a" })
      assert.strictEqual((yield* hq.answer({ project: "p", agent_id: "b", step_num: 2 })).step?.step_num, 2)
    })
  )

  test(
    "are no matter of many globs as people write them, also for a process that has just started",
    Effect.gen(function* () {
      const usual = (at: number) => Array.from({ length: 10 }, (_, one) => `packages/part${at}/src${one}/**/*.{ts,tsx}`)
      yield* create(Array.from({ length: 301 }, (_, at) => usual(at)))
      yield* rows("UPDATE $steps SET status = 'claimed', agent_id = 'a' WHERE id <= 300")
      assert.strictEqual((yield* hq.take("b")).step_num, 301)
    })
  )

  test(
    "are compared after the transaction, and then known",
    Effect.gen(function* () {
      yield* create([legal("x"), legal("y").slice(0, 2)])
      yield* hq.take("a")
      assert.strictEqual((yield* hq.take("b")).step_num, 2)
    })
  )
})
