import assert from "node:assert/strict"
import { type ChildProcess, fork } from "node:child_process"
import { once } from "node:events"
import { fileURLToPath } from "node:url"
import { build } from "esbuild"
import { newFile } from "./disk.ts"
import { interleaved, median, summary } from "./measure.ts"
import type { Figure } from "./results.ts"
import type { Report, Task } from "./worker.ts"
import { fileWith, plan } from "./world.ts"

const count = 48
const think = 25
const duration = 6000
const rounds = 3

/** Bundles the worker, because 48 processes that load every module would take minutes to start. The driver is found from node_modules. */
const bundleWorker = async (): Promise<string> => {
  const outfile = fileURLToPath(new URL("../node_modules/.cache/hq-bench/worker.mjs", import.meta.url))
  await build({
    entryPoints: [fileURLToPath(new URL("worker.ts", import.meta.url))],
    outfile,
    bundle: true,
    platform: "node",
    format: "esm",
    external: ["better-sqlite3"],
    minify: true
  })
  return outfile
}

const nextMessage = async (worker: ChildProcess): Promise<unknown> => (await once(worker, "message"))[0]

/** Starts the processes, two at a time, and returns when all are ready. */
const startAll = async (files: ReadonlyArray<string>): Promise<ReadonlyArray<ChildProcess>> => {
  const script = await bundleWorker()
  const workers: Array<ChildProcess> = []
  const startNext = async () => {
    while (workers.length < count) {
      const worker = fork(script, files)
      workers.push(worker)
      worker.once("exit", (code) => assert.equal(code, 0, "a worker process has ended"))
      await nextMessage(worker)
    }
  }
  await Promise.all([startNext(), startNext()])
  return workers
}

/** Gives all workers the same task at the same time. */
const workTogether = async (workers: ReadonlyArray<ChildProcess>, task: Task) => {
  const reports = (await Promise.all(
    workers.map((worker) => {
      worker.send(task)
      return nextMessage(worker)
    })
  )) as ReadonlyArray<Report>
  const errors = reports.flatMap((report) => report.errors)
  if (errors.length > 0) process.stderr.write(`  ${errors.length} errors (${task.by}), such as: ${errors[0]}\n`)
  const claims = reports.flatMap((report) => report.claims)
  const each = reports.map((report) => report.claims.length)
  const { median: p50, p99 } = summary(claims)
  return {
    p50,
    p99,
    longest: claims.reduce((longest, time) => Math.max(longest, time), 0),
    slowest: Math.min(...each) / median(each),
    errors: errors.length,
    claims_per_second: claims.length / (task.duration / 1000)
  }
}

/** (e) 48 processes on one file think 25 ms before each call: embedded hq, and the raw driver with SQLite's busy handler. */
export const processes = async (): Promise<ReadonlyArray<Figure>> => {
  const plans = Array.from({ length: rounds + 1 }, (_, round) => plan(`p${round}`, 10_000))
  const workers = await startAll([await fileWith(newFile(), plans), await fileWith(newFile(), plans)])
  let errors = 0
  const side = (by: Task["by"]) => async (round: number) => {
    const warmUp = round === 0
    const task: Task = { by, project: `p${round}`, think, duration: warmUp ? duration / 4 : duration }
    const sample = await workTogether(workers, task)
    if (by === "hq") errors += sample.errors
    return sample
  }
  const results = await interleaved(rounds, { floor: side("floor"), hq: side("hq") })
  for (const worker of workers) worker.disconnect()
  const { floor: theirs, hq: ours } = results
  const compared = (what: string, figure: "p50" | "p99" | "longest") =>
    ({
      what: `claim by one of 48 processes, ${what}`,
      unit: "ms",
      hq: ours[figure],
      against: ["floor", theirs[figure]]
    }) as const
  return [
    compared("median", "p50"),
    { ...compared("p99", "p99"), target: { atMost: 1.25 } },
    compared("longest wait", "longest"),
    {
      what: "claims of the slowest process / of the median one",
      unit: "",
      hq: ours.slowest,
      target: { atLeast: 1 / 3 },
      details: { floor: theirs.slowest }
    },
    { what: "errors", unit: "", hq: errors, target: { atMost: 0 }, details: { floor: theirs.errors } },
    {
      what: "claims of 48 processes together",
      unit: "/s",
      hq: ours.claims_per_second,
      against: ["floor", theirs.claims_per_second]
    }
  ]
}
