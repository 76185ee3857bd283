import { agents } from "./agents.ts"
import { burst } from "./burst.ts"
import { cli } from "./cli.ts"
import { create } from "./create.ts"
import { gap } from "./gap.ts"
import { growth } from "./growth.ts"
import { idle } from "./idle.ts"
import { makespan } from "./makespan.ts"
import { oneByOne } from "./oneByOne.ts"
import { pairs } from "./pairs.ts"
import { processes } from "./processes.ts"
import { type Figure, line, machine, save } from "./results.ts"
import { seed } from "./runs.ts"
import { scan } from "./scan.ts"
import { start } from "./start.ts"
import { stdio } from "./stdio.ts"
import { waiting } from "./waiting.ts"

/*
 * Measures hq and a baseline for the same work, in turns in one run, on files on a disk. `npm run bench` prints a table and writes
 * bench/results.json. Arguments are names of sections and select only those.
 */

interface Section {
  readonly title: string
  readonly run: () => Promise<ReadonlyArray<Figure>>
}

const sections: Readonly<Record<string, Section>> = {
  claim: { title: "(a) one call after the other, in process", run: oneByOne },
  stdio: { title: "(b) one call after the other, over stdio", run: stdio },
  burst: { title: "(c) a burst", run: burst },
  agents: { title: "(d) 1,000 agents in one process, with think time", run: agents },
  pairs: { title: "(d) 1,000 agents in one process, without think time", run: pairs },
  scan: { title: "(d) finding work", run: scan },
  processes: { title: "(e) 48 processes on one file", run: processes },
  growth: { title: "(f) a file of 1,000,000 steps and events, FULL", run: growth },
  gap: { title: "another process holds the lock", run: gap },
  start: { title: "(g) start and memory of the built server", run: start },
  create: { title: "(h) storing a plan", run: create },
  makespan: { title: `(i) makespans of simulated plans, seed ${seed}`, run: makespan },
  waiting: { title: "(j) 30 servers that wait for a step", run: waiting },
  idle: { title: "(k) 50 servers without work", run: idle },
  cli: { title: "(l) the command line", run: cli }
}

const wanted = process.argv.slice(2)
const unknown = wanted.filter((name) => !(name in sections))
if (unknown.length > 0) {
  throw new Error(`no section ${unknown.join(", ")}; the sections are: ${Object.keys(sections).join(", ")}`)
}

const print = (text: string) => process.stdout.write(`${text}\n`)
const { cores, cpu, filesystem, node, sqlite } = machine()
print(`${cpu}, ${cores} cores, ${filesystem}, Node ${node}, SQLite ${sqlite}`)

const results: Record<string, ReadonlyArray<Figure>> = {}
for (const [name, { run, title }] of Object.entries(sections)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue
  const since = performance.now()
  print(`\n${name}: ${title}`)
  const figures = await run()
  results[name] = figures
  for (const figure of figures) print(line(figure))
  print(`  ${((performance.now() - since) / 1000).toFixed(0)} s`)
}
save(results)
