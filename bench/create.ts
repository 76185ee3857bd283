import { newFile } from "./disk.ts"
import { interleaved, micros } from "./measure.ts"
import type { Figure } from "./results.ts"
import { open, plan, store } from "./world.ts"

/** (h) create_project of 10,000 steps. Each but the first two depends on two earlier steps. */
export const create = async (): Promise<ReadonlyArray<Figure>> => {
  const hq = open(newFile(), "FULL")
  const depends_on = (num: number) => (num < 3 ? [] : [num - 1, Math.floor(num / 2)])
  const { stored } = await interleaved(5, {
    stored: async (round) => {
      const request = plan(`p${round}`, 10_000, depends_on)
      const since = micros()
      await store(hq, [request])
      return { micros: micros() - since }
    }
  })
  await hq.dispose()
  return [{ what: "create_project of 10,000 steps with 20,000 dependencies", unit: "µs", hq: stored.micros }]
}
