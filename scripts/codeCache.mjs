import { writeFileSync } from "node:fs"
import { createRequire } from "node:module"

/*
 * Runs the built server on standard input, as clients do, or a command where there are arguments. At exit it saves the code that V8 has compiled, which includes the functions
 * that a first call needs.
 */

const { name, script, seal } = createRequire(import.meta.url)("../dist/hq.cjs")
process.on("exit", () => {
  const cache = script.createCachedData()
  writeFileSync(`dist/${name}.cache`, Buffer.concat([seal(cache), cache]))
})
