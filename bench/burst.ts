import * as Effect from "effect/Effect"
import type { Synchronous } from "../src/services/Settings.ts"
import { Steps } from "../src/services/Steps.ts"
import { newFile } from "./disk.ts"
import { floor } from "./floor.ts"
import { interleaved, micros, summary } from "./measure.ts"
import type { Figure } from "./results.ts"
import { agent, fileWith, open, plan, project } from "./world.ts"

const size = 1000
const rounds = 5

const measured = async (synchronous: Synchronous): Promise<Figure> => {
  const plans = [plan("p", size * (rounds + 1))]
  const hq = open(await fileWith(newFile(), plans), synchronous)
  const raw = floor(await fileWith(newFile(), plans), synchronous)
  const steps = await hq.runPromise(Steps)
  const names = (round: number) => Array.from({ length: size }, (_, index) => `a${round}-${index}`)
  const results = await interleaved(rounds, {
    floor: async (round) => {
      const times: Array<number> = []
      const since = micros()
      for (const name of names(round)) {
        raw.claim("p", name)
        times.push(micros() - since)
      }
      return summary(times)
    },
    hq: async (round) => {
      const times: Array<number> = []
      const agents = names(round).map(agent)
      const since = micros()
      const one = (agent_id: (typeof agents)[number]) =>
        Effect.map(steps.claim({ project: project("p"), agent_id }), () => times.push(micros() - since))
      await hq.runPromise(Effect.forEach(agents, one, { concurrency: "unbounded", discard: true }))
      return summary(times)
    }
  })
  raw.close()
  await hq.dispose()
  return {
    what: `1,000 claims at once, average latency, ${synchronous}`,
    unit: "µs",
    hq: results.hq.average,
    against: ["floor", results.floor.average],
    ...(synchronous === "FULL" ? { target: { atMost: 0.35 } } : {}),
    details: { p99: results.hq.p99, floor_p99: results.floor.p99 }
  }
}

/** (c) 1,000 fibers claim at the same instant. The floor does 1,000 claims in a row; their latencies count from the first one's start. */
export const burst = async (): Promise<ReadonlyArray<Figure>> => [await measured("NORMAL"), await measured("FULL")]
