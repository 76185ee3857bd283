import { once } from "node:events"
import { setTimeout as sleep } from "node:timers/promises"
import * as Effect from "effect/Effect"
import { Steps } from "../src/services/Steps.ts"
import { median, quantile } from "./measure.ts"
import { cpuTime } from "./processCost.ts"
import { startProgram } from "./program.ts"
import type { Figure } from "./results.ts"
import { agent, open, project } from "./world.ts"

const commits = 200
/** These times are in milliseconds. */
const patience = 10_000
const settleFor = 5000
const measureFor = 30_000

/** Commits of this process, each once the one before is shown: times from the commit to the line in the pipe. */
const delays = async (file: string, nextLine: () => Promise<number>): Promise<ReadonlyArray<number>> => {
  const hq = open(file, "FULL")
  const steps = await hq.runPromise(Steps)
  const agent_id = agent("watched")
  const { step } = await hq.runPromise(steps.claim({ project: project("big"), agent_id }))
  if (step === null) throw new Error("nothing is ready")
  const release = Effect.asVoid(steps.release({ step_id: step.id, agent_id, reason: "bench" }))
  const again = Effect.asVoid(steps.claim({ step_id: step.id, agent_id }))
  const times: Array<number> = []
  for (let index = 0; index < commits; index++) {
    // At any moment of a poll's period.
    await sleep(20 + Math.random() * 80)
    const shown = nextLine()
    await hq.runPromise(index % 2 === 0 ? release : again)
    const committed = performance.now()
    times.push((await shown) - committed)
  }
  await hq.dispose()
  return times
}

/** `hq watch` beside a process that writes, and beside none. */
export const watch = async (file: string): Promise<ReadonlyArray<Figure>> => {
  const child = startProgram(["watch", "--json"], { file })
  const end = once(child, "exit")
  const hear = { line: (_: number) => {} }
  child.stdout?.on("data", (data: Buffer) => {
    if (data.includes("\n")) hear.line(performance.now())
  })
  const nextLine = () =>
    new Promise<number>((resolve, reject) => {
      const late = setTimeout(() => reject(new Error("hq watch shows nothing")), patience)
      hear.line = (at) => {
        clearTimeout(late)
        resolve(at)
      }
    })
  await nextLine()
  const times = await delays(file, nextLine)
  const figures: Array<Figure> = [
    { what: "hq watch: a commit of another process to its line, median", unit: "ms", hq: median(times) },
    { what: "the same, p95", unit: "ms", hq: quantile(times, 0.95), target: { atMost: 300 } }
  ]
  if (process.platform === "linux") {
    await sleep(settleFor)
    const pid = child.pid as number
    const [before, since] = [cpuTime({ pid }), performance.now()]
    await sleep(measureFor)
    const hq = (100 * (cpuTime({ pid }) - before)) / (performance.now() - since)
    figures.push({ what: "hq watch, idle: part of a core", unit: "%", hq, target: { atMost: 1 } })
  }
  child.kill("SIGINT")
  await end
  return figures
}
