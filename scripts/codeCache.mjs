import { writeFileSync } from "node:fs"
import { createRequire } from "node:module"

/*
 * Runs the built server like any client, on standard input, and writes down what V8 has compiled of it by its end, the functions
 * that a first call needs included.
 */

const { script, seal } = createRequire(import.meta.url)("../dist/hq.cjs")
process.on("exit", () => {
  const cache = script.createCachedData()
  writeFileSync("dist/server.cache", Buffer.concat([seal(cache), cache]))
})
