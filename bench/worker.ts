import { setTimeout as sleep } from "node:timers/promises"
import * as Effect from "effect/Effect"
import { StepId } from "../src/domain/Ids.ts"
import { Steps } from "../src/services/Steps.ts"
import { floor } from "./floor.ts"
import { agent, open, project } from "./world.ts"

/*
 * One of many processes on a file: claims, starts and completes steps, thinking before each call. Started by processes.ts, which
 * tells it when to begin and for how long. It has hq on one file and the raw driver on another, and uses one at a time: so both are
 * measured in the same processes, and only half as many have to start.
 */

/** From processes.ts: work on that project for so long. */
export interface Go {
  readonly by: "hq" | "floor"
  readonly project: string
  readonly millis: number
  readonly think: number
}

/** To processes.ts. */
export interface Report {
  /** How long each claim took, in milliseconds. */
  readonly claims: ReadonlyArray<number>
  readonly errors: ReadonlyArray<string>
}

interface Calls {
  /** Returns the step, or undefined where there was none. */
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

const work = async (calls: Calls, { millis, project, think }: Go): Promise<Report> => {
  const claims: Array<number> = []
  const errors: Array<string> = []
  const end = performance.now() + millis
  // Not all at once, nor all at the same beat.
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
process.on("message", async (go: Go) => process.send?.(await work(calls[go.by], go)))
// Its starter has gone.
process.on("disconnect", () => process.exit(0))
process.send?.("ready")
