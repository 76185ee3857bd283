import * as fc from "fast-check"
import { assert, describe, it } from "vitest"
import { overlap } from "../support/globs.ts"
import { noon } from "../support/storages.ts"
import { globs, touchSame } from "./files.ts"
import { Model } from "./Model.ts"
import { moves } from "./moves.ts"
import { opening } from "./opening.ts"
import { Real } from "./Real.ts"

/** Commands that are played at least. */
const total = Number(process.env.HQ_MODEL_COMMANDS ?? 10_000)

/** Each batch of runs has a seed of its own, counted from this one: the one that fails is replayed alone. */
const firstSeed = Number(process.env.HQ_SEED ?? Math.floor(Math.random() * 2 ** 31))

const runsOfBatch = 10

describe("model", () => {
  it("has hand-made globs that overlap as hq's do", () => {
    for (const a of globs) for (const b of globs) assert.strictEqual(touchSame([a], [b]), overlap(a, b), `${a} ${b}`)
  })

  it(
    `${total} commands of several agents through two processes do what the model says`,
    async () => {
      process.stderr.write(`model test: HQ_SEED=${firstSeed} HQ_MODEL_COMMANDS=${total}\n`)
      let played = 0
      const real = await Real.open()
      const commands = fc.commands([moves], { maxCommands: 100, size: "max", disableReplayLog: true })
      const property = fc.asyncProperty(commands, async (commands) => {
        const model = new Model(noon)
        await real.reset(noon)
        for (const move of opening) await move.run(model, real)
        await fc.asyncModelRun(() => ({ model, real }), commands)
        played += [...commands].length
      })
      try {
        for (let seed = firstSeed; played < total; seed++) {
          const result = await fc.check(property, { seed, numRuns: runsOfBatch })
          if (result.failed) throw new Error(`HQ_SEED=${seed} replays this:\n${fc.defaultReportMessage(result)}`)
        }
      } finally {
        await real.close()
      }
      assert.isAtLeast(played, total)
    },
    60_000 + total * 20
  )
})
