import * as Effect from "effect/Effect"
import { StepId } from "../src/domain/Ids.ts"
import { Steps } from "../src/services/Steps.ts"
import { newFile } from "./disk.ts"
import { floor } from "./floor.ts"
import { interleaved, micros, summary, timed } from "./measure.ts"
import type { Figure } from "./results.ts"
import { type Server, startEmpty, startHq } from "./servers.ts"
import { agent, fileWith, type Hq, open, plan, project, timedIn } from "./world.ts"

const calls = 200
const rounds = 7
const agent_id = "agent-1"

/** Claims and completes steps in a row, as an agent does. */
const work = async (hq: Server, round: number) => {
  const times = { claim: [] as Array<number>, heartbeat: [] as Array<number>, complete: [] as Array<number> }
  const call = async (tool: string, input: Record<string, unknown>, into?: Array<number>) => {
    const since = micros()
    await hq.call(tool, input)
    into?.push(micros() - since)
  }
  for (let index = 0; index < calls; index++) {
    const step_id = round * calls + index + 1
    await call("claim_step", { project: "p", agent_id }, times.claim)
    await call("heartbeat", { step_id }, times.heartbeat)
    await call("start_step", { step_id })
    await call("complete_step", { step_id, commit_hash: "def456" }, times.complete)
  }
  const [claim, heartbeat, complete] = [summary(times.claim), summary(times.heartbeat), summary(times.complete)]
  return {
    claim: claim.median,
    claim_p99: claim.p99,
    heartbeat: heartbeat.median,
    heartbeat_p99: heartbeat.p99,
    complete: complete.median,
    complete_p99: complete.p99
  }
}

/** Claims in a row in this process. Each step is then completed, as over stdio. */
const workInProcess = async (hq: Hq, round: number) => {
  const steps = await hq.runPromise(Steps)
  const by = agent(agent_id)
  const times: Array<number> = []
  for (let index = 0; index < calls; index++) {
    const step_id = StepId.make(round * calls + index + 1)
    times.push(...(await timedIn(hq, 1, () => steps.claim({ project: project("p"), agent_id: by }))))
    await hq.runPromise(Effect.zipRight(steps.start({ step_id }), steps.complete({ step_id, commit_hash: "def456" })))
  }
  return summary(times)
}

/** (b) Reads, durable claims, heartbeats and completions of one agent over stdio to the built server, beside calls of an empty tool. */
export const stdio = async (): Promise<ReadonlyArray<Figure>> => {
  const plans = [plan("p", calls * (rounds + 1))]
  const hq = await startHq(await fileWith(newFile(), plans))
  const raw = floor(await fileWith(newFile(), plans), "FULL")
  const own = open(await fileWith(newFile(), plans), "FULL")
  const empty = await startEmpty()
  const results = await interleaved(rounds, {
    empty: async () => summary(await timed(calls, () => empty.call("nothing", { project: "p", agent_id }))),
    read: async () => summary(await timed(calls, () => hq.call("get_step", { step_id: 1 }))),
    // The lowest possible cost of a durable claim.
    floor: async () => summary(await timed(calls, () => raw.claim("p", agent_id))),
    "in process": (round) => workInProcess(own, round),
    hq: (round) => work(hq, round)
  })
  raw.close()
  await own.dispose()
  await Promise.all([hq.close(), empty.close()])
  const { empty: nothing, read, "in process": claim } = results
  const figures: ReadonlyArray<Figure> = [
    {
      what: "one read over stdio",
      unit: "µs",
      hq: read.median,
      against: ["empty tool", nothing.median],
      target: { atMost: 2.5 },
      details: { p99: read.p99 }
    },
    {
      what: "one durable claim over stdio, beside the sum of its parts",
      unit: "µs",
      hq: results.hq.claim,
      against: ["empty tool + in process", nothing.median + claim.median],
      target: { atMost: 1.3 },
      details: { empty: nothing.median, in_process: claim.median }
    }
  ]
  const beside = (["claim", "heartbeat", "complete"] as const).map(
    (what): Figure => ({
      what: `one durable ${what} over stdio`,
      unit: "µs",
      hq: results.hq[what],
      against: ["empty tool", results.empty.median],
      ...(what === "claim" ? { target: { atMost: 3 } } : {}),
      details: { p99: results.hq[`${what}_p99`], empty_p99: results.empty.p99, floor_claim: results.floor.median }
    })
  )
  return [...figures, ...beside]
}
