/*
 * What hq costs beside the least that the same SQL can cost on the raw driver, measured in one run, in turns.
 * `npm run bench`: a table on the terminal, and bench/results.json. Takes a minute or two.
 */

import { writeFileSync } from "node:fs"
import * as os from "node:os"
import Sqlite from "better-sqlite3"
import { version } from "../src/version.ts"
import { burst, create, oneByOne } from "./inProcess.ts"

interface Line {
  readonly what: string
  readonly durability: string
  /** Microseconds, medians over the rounds. */
  readonly floor: number
  readonly hq: number
}

const lines: Array<Line> = []
for (const durability of ["NORMAL", "FULL"] as const) {
  const one = await oneByOne(durability)
  for (const what of ["claim", "heartbeat", "complete"] as const) {
    lines.push({ what: `one ${what}`, durability, floor: one[`floor ${what}`], hq: one[`hq ${what}`] })
  }
  const together = await burst(durability)
  lines.push({ what: "1,000 claims at once, average latency", durability, ...together })
}
const created = await create()

const machine = {
  cpu: os.cpus()[0]?.model ?? "unknown",
  cores: os.cpus().length,
  node: process.version,
  sqlite: (new Sqlite(":memory:").prepare("SELECT sqlite_version() AS v").get() as { v: string }).v,
  hq: version
}
const ratio = (line: Line) => line.hq / line.floor

const table = lines.map((line) =>
  [
    line.what.padEnd(38),
    line.durability.padEnd(7),
    `${line.floor.toFixed(0)} µs`.padStart(11),
    `${line.hq.toFixed(0)} µs`.padStart(11),
    `${ratio(line).toFixed(2)}x`.padStart(7)
  ].join(" ")
)
process.stdout.write(
  [
    `${machine.cpu}, ${machine.cores} cores, Node ${machine.node}, SQLite ${machine.sqlite}`,
    "",
    `${"".padEnd(38)} ${"".padEnd(7)} ${"floor".padStart(11)} ${"hq".padStart(11)} ${"ratio".padStart(7)}`,
    ...table,
    "",
    `create_project of 10,000 steps with 20,000 dependencies: ${(created / 1000).toFixed(0)} ms`,
    ""
  ].join("\n")
)
const results = {
  machine,
  lines: lines.map((line) => ({ ...line, ratio: ratio(line) })),
  create_10000_steps_us: created
}
writeFileSync(new URL("results.json", import.meta.url), `${JSON.stringify(results, null, 2)}\n`)
