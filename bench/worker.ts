import { setTimeout as sleep } from "node:timers/promises"
import * as Effect from "effect/Effect"
import { StepId } from "../src/domain/Ids.ts"
import { Steps } from "../src/services/Steps.ts"
import { floor } from "./floor.ts"
import { agent, open, project } from "./world.ts"

/*
 * One of many processes on a file: it claims, starts and completes steps, and thinks before each call. processes.ts starts it and sends
 * it each task. It opens hq on one file and the raw driver on another and uses one at a time. So the same processes measure both, and
 * only half as many have to start.
 */

/** From processes.ts: work on this project for this long. */
export interface Task {
  readonly by: "hq" | "floor"
  readonly project: string
  /** In milliseconds. */
  readonly duration: number
  /** Think time before each call, in milliseconds. */
  readonly think: number
}

/** To processes.ts, after a task. */
export interface Report {
  /** The time of each claim, in milliseconds. */
  readonly claims: ReadonlyArray<number>
  readonly errors: ReadonlyArray<string>
}

interface Calls {
  /** Returns the step's id, or undefined if no step is ready. */
  readonly claim: (project: string) => Promise<number | undefined>
  readonly start: (step: number) => Promise<unknown>
  readonly complete: (step: number) => Promise<unknown>
}

const name = String(process.pid)

const ofHq = async (file: string): Promise<Calls> => {
  const hq = open(file, "FULL")
  const steps = await hq.runPromise(Steps)
  const run = <A>(call: Effect.Effect<A, unknown>) => hq.runPromise(call)
  const mine = (step: number) => ({ step_id: StepId.make(step), agent_id: agent(name) })
  return {
    claim: (of) =>
      run(Effect.map(steps.claim({ project: project(of), agent_id: agent(name) }), ({ step }) => step?.id)),
    start: (step) => run(steps.start(mine(step))),
    complete: (step) => run(steps.complete({ ...mine(step), commit_hash: "def456" }))
  }
}

const ofFloor = (file: string): Calls => {
  const raw = floor(file, "FULL")
  return {
    claim: async (of) => raw.claim(of, name)?.id,
    start: async (step) => raw.start(step, name),
    complete: async (step) => raw.complete(step, name)
  }
}

const work = async (calls: Calls, { duration, project, think }: Task): Promise<Report> => {
  const claims: Array<number> = []
  const errors: Array<string> = []
  const end = performance.now() + duration
  // Without a random delay, all processes would call at the same moments.
  await sleep(Math.random() * think)
  while (performance.now() < end) {
    try {
      const since = performance.now()
      const step = await calls.claim(project)
      claims.push(performance.now() - since)
      if (step === undefined) throw new Error("the plan is too short")
      await sleep(think)
      await calls.start(step)
      await sleep(think)
      await calls.complete(step)
    } catch (error) {
      errors.push(String(error).split("\n")[0] as string)
    }
    await sleep(think)
  }
  return { claims, errors }
}

const [hqFile, floorFile] = process.argv.slice(2) as [string, string]
const calls = { hq: await ofHq(hqFile), floor: ofFloor(floorFile) }
process.on("message", async (task: Task) => process.send?.(await work(calls[task.by], task)))
// The parent process has ended.
process.on("disconnect", () => process.exit(0))
process.send?.("ready")
