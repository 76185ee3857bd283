import { Steps } from "../src/services/Steps.ts"
import { newFile } from "./disk.ts"
import { interleaved, summary, timed } from "./measure.ts"
import { original } from "./original.ts"
import type { Figure } from "./results.ts"
import { agent, fileWith, open, plan, project, timedIn } from "./world.ts"

const size = 10_000
const calls = 50
const rounds = 5

/** The first half waits for the last step, the second half is ready. */
const halfBlocked = plan("p", size, (num) => (num <= size / 2 ? [size] : []))

/** (d) For information: a claim among 10,000 steps, half of them blocked. The original's query reads each blocked step. */
export const scan = async (): Promise<ReadonlyArray<Figure>> => {
  const hq = open(await fileWith(newFile(), [halfBlocked]), "FULL")
  const baseline = original(newFile(), halfBlocked)
  const steps = await hq.runPromise(Steps)
  const results = await interleaved(rounds, {
    original: async (round) => summary(await timed(calls, (index) => baseline.claim(`a${round}-${index}`))),
    hq: async (round) =>
      summary(
        await timedIn(hq, calls, (index) =>
          steps.claim({ project: project("p"), agent_id: agent(`a${round}-${index}`) })
        )
      )
  })
  baseline.close()
  await hq.dispose()
  return [
    {
      what: "claim among 10,000 steps, half blocked, FULL",
      unit: "µs",
      hq: results.hq.median,
      against: ["the original's way", results.original.median]
    }
  ]
}
