import { newFile } from "./disk.ts"
import { floor } from "./floor.ts"
import { interleaved, micros, summary, timed } from "./measure.ts"
import type { Figure } from "./results.ts"
import { type Server, startEmpty, startHq } from "./servers.ts"
import { fileWith, plan } from "./world.ts"

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

/** (b) Durable claims, heartbeats and completions of one agent over stdio to the built server. Calls of an empty tool are the baseline. */
export const stdio = async (): Promise<ReadonlyArray<Figure>> => {
  const plans = [plan("p", calls * (rounds + 1))]
  const hq = await startHq(await fileWith(newFile(), plans))
  const raw = floor(await fileWith(newFile(), plans), "FULL")
  const empty = await startEmpty()
  const results = await interleaved(rounds, {
    empty: async () => summary(await timed(calls, () => empty.call("nothing", { project: "p", agent_id }))),
    // The lowest possible cost of a durable claim.
    floor: async () => summary(await timed(calls, () => raw.claim("p", agent_id))),
    hq: (round) => work(hq, round)
  })
  raw.close()
  await Promise.all([hq.close(), empty.close()])
  return (["claim", "heartbeat", "complete"] as const).map((what) => ({
    what: `one durable ${what} over stdio`,
    unit: "µs",
    hq: results.hq[what],
    against: ["empty tool", results.empty.median],
    ...(what === "claim" ? { target: { atMost: 3 } } : {}),
    details: { p99: results.hq[`${what}_p99`], empty_p99: results.empty.p99, floor_claim: results.floor.median }
  }))
}
