import { assert, describe, it } from "vitest"
import { seedFromEnvironment, withSeed } from "../support/random.ts"
import { scenarios } from "./scenarios.ts"

// One after the other, in one file: several of them watch how fast a server answers.
describe("real processes", () => {
  for (const { ci, name } of scenarios) {
    it(name, { timeout: 300_000 }, async ({ skip }) => {
      const seed = seedFromEnvironment()
      const figures = await withSeed(seed, ci)
      process.stdout.write(`${name}, seed ${seed}: ${JSON.stringify(figures)}\n`)
      if (typeof figures.skipped === "string") skip(figures.skipped)
      assert.isNotEmpty(figures)
    })
  }
})
