import { newFile } from "./disk.ts"
import { interleaved, summary, timed } from "./measure.ts"
import type { Figure } from "./results.ts"
import { startEmpty, startHq } from "./servers.ts"
import { fileWith, plan } from "./world.ts"

const calls = 200
const rounds = 7

/** (b) Claims, heartbeats and completions over stdio to the built server, each durable, beside calls of an empty tool. */
export const stdio = async (): Promise<ReadonlyArray<Figure>> => {
  const hq = await startHq(await fileWith(newFile(), [plan("p", calls * (rounds + 1))]))
  const empty = await startEmpty()
  const id = (round: number, index: number) => round * calls + index + 1
  const times = async (call: (index: number) => unknown) => summary(await timed(calls, call))
  const onHq =
    (tool: string, more: Record<string, unknown> = {}) =>
    (round: number) =>
      times((index) => hq.call(tool, { step_id: id(round, index), ...more }))
  const results = await interleaved(rounds, {
    empty: (round) => times((index) => empty.call("nothing", { project: "p", agent_id: `a${id(round, index)}` })),
    claim: (round) => times((index) => hq.call("claim_step", { project: "p", agent_id: `a${id(round, index)}` })),
    heartbeat: onHq("heartbeat"),
    // hq completes what was started.
    start: onHq("start_step"),
    complete: onHq("complete_step", { commit_hash: "def456" })
  })
  await Promise.all([hq.close(), empty.close()])
  return (["claim", "heartbeat", "complete"] as const).map((what) => ({
    what: `one durable ${what} over stdio`,
    unit: "µs",
    hq: results[what].median,
    against: ["empty tool", results.empty.median],
    ...(what === "claim" ? { target: { atMost: 3 } } : {}),
    details: { p99: results[what].p99, empty_p99: results.empty.p99 }
  }))
}
