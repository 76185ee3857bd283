import { assert, describe, it } from "vitest"
import { seedFromEnvironment, withSeed } from "../support/random.ts"
import { scenarios } from "./scenarios.ts"

// One after the other, in one file: several of them watch how fast a server answers.
describe("real processes", () => {
  for (const { ci, name } of scenarios) {
    it(name, { timeout: 300_000 }, async ({ skip }) => {
      const figures = await withSeed(seedFromEnvironment(), ci)
      if (typeof figures.skipped === "string") skip(figures.skipped)
      assert.isNotEmpty(figures)
    })
  }
})
