import * as Effect from "effect/Effect"
import { Steps } from "../src/services/Steps.ts"
import { holdLock, inWorld, sleep } from "../test/support/world.ts"
import { interleaved } from "./measure.ts"
import type { Figure } from "./results.ts"
import { agent, open, plan, project, store } from "./world.ts"

const writers = 100
const rounds = 3
/** How long the lock is held, in milliseconds. */
const heldFor = 3000
/** Interval of the timer that finds gaps, in milliseconds. */
const interval = 5

/** Returns the longest time between two ticks of a timer until `during` resolves, in milliseconds. */
const longestGap = async (during: Promise<unknown>): Promise<number> => {
  let last = performance.now()
  let longest = 0
  const tick = () => {
    const now = performance.now()
    longest = Math.max(longest, now - last)
    last = now
  }
  const timer = setInterval(tick, interval)
  await during
  clearInterval(timer)
  tick()
  return longest
}

/** The longest time that the event loop is blocked while another process holds the write lock and a hundred writers wait. */
export const gap = async (): Promise<ReadonlyArray<Figure>> => {
  const { locked } = await inWorld({}, async (world) => {
    const hq = open(world.db, "FULL")
    await store(hq, [plan("p", writers * (rounds + 1))])
    const steps = await hq.runPromise(Steps)
    const claims = (round: number) =>
      Effect.forEach(
        Array.from({ length: writers }, (_, index) => agent(`a${round}-${index}`)),
        (agent_id) => steps.claim({ project: project("p"), agent_id }),
        { concurrency: "unbounded", discard: true }
      )
    const result = await interleaved(rounds, {
      locked: async (round) => {
        const release = await holdLock(world)
        const waiting = hq.runPromise(claims(round))
        const before = process.cpuUsage()
        const longest = await longestGap(sleep(heldFor))
        const { system, user } = process.cpuUsage(before)
        release()
        await waiting
        return { longest, cpu: (user + system) / 1000 / heldFor }
      }
    })
    await hq.dispose()
    return result
  })
  return [
    {
      what: "event-loop gap while another process holds the lock",
      unit: "ms",
      hq: locked.longest,
      target: { atMost: 250 },
      details: { cpu_while_waiting: locked.cpu }
    }
  ]
}
