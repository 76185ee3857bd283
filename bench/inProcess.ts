import * as Effect from "effect/Effect"
import { StepId, Steps, type Synchronous } from "../src/index.ts"
import { floor } from "./floor.ts"
import { interleaved, median, micros, timed } from "./measure.ts"
import { agent, newFile, open, plan, project, store } from "./world.ts"

const calls = 500
const rounds = 7

/** (a) One claim, one heartbeat, one complete after the other, in process: hq against the floor. Microseconds, medians. */
export const oneByOne = async (synchronous: Synchronous) => {
  const steps = calls * (rounds + 1)
  const [ours, theirs] = [newFile(), newFile()]
  const hq = open(ours, synchronous)
  await store(hq, [plan("p", steps)])
  const maker = open(theirs, synchronous)
  await store(maker, [plan("p", steps)])
  await maker.dispose()
  const raw = floor(theirs, synchronous)
  const service = await hq.runPromise(Steps)
  const name = project("p")
  const id = (round: number, index: number) => round * calls + index + 1
  // As an app does it: one program that makes all the calls.
  const program = async (call: (index: number) => Effect.Effect<unknown, unknown>) => {
    const times: Array<number> = []
    await hq.runPromise(
      Effect.forEach(
        Array.from({ length: calls }, (_, index) => index),
        (index) => {
          const since = micros()
          return Effect.map(call(index), () => times.push(micros() - since))
        },
        { discard: true }
      )
    )
    return median(times)
  }
  const medianOf = async (call: (index: number) => unknown) => median(await timed(calls, call))
  const result = await interleaved(rounds, {
    "floor claim": (round) => medianOf((index) => raw.claim("p", `a${id(round, index)}`)),
    "hq claim": (round) =>
      program((index) => service.claim({ project: name, agent_id: agent(`a${id(round, index)}`) })),
    "floor heartbeat": (round) => medianOf((index) => raw.heartbeat(id(round, index), `a${id(round, index)}`)),
    "hq heartbeat": (round) => program((index) => service.heartbeat({ step_id: StepId.make(id(round, index)) })),
    // Between the two: hq completes only what has been started.
    "hq start": (round) => program((index) => service.start({ step_id: StepId.make(id(round, index)) })),
    "floor complete": (round) => medianOf((index) => raw.complete(id(round, index), `a${id(round, index)}`)),
    "hq complete": (round) =>
      program((index) => service.complete({ step_id: StepId.make(id(round, index)), commit_hash: "def456" }))
  })
  raw.close()
  await hq.dispose()
  return result
}

/** (c) 1,000 fibers claim at the same instant, against 1,000 floor claims one by one from the same instant. Average latency, microseconds. */
export const burst = async (synchronous: Synchronous) => {
  const size = 1000
  const [ours, theirs] = [newFile(), newFile()]
  const hq = open(ours, synchronous)
  const maker = open(theirs, synchronous)
  const plans = [plan("p", size * (rounds + 1))]
  await store(hq, plans)
  await store(maker, plans)
  await maker.dispose()
  const raw = floor(theirs, synchronous)
  const service = await hq.runPromise(Steps)
  const result = await interleaved(rounds, {
    floor: async (round) => {
      const since = micros()
      let sum = 0
      for (let index = 0; index < size; index++) {
        raw.claim("p", `a${round}-${index}`)
        sum += micros() - since
      }
      return sum / size
    },
    hq: async (round) => {
      const since = micros()
      let sum = 0
      await hq.runPromise(
        Effect.forEach(
          Array.from({ length: size }, (_, index) => agent(`a${round}-${index}`)),
          (agent_id) =>
            Effect.map(service.claim({ project: project("p"), agent_id }), () => {
              sum += micros() - since
            }),
          { concurrency: "unbounded", discard: true }
        )
      )
      return sum / size
    }
  })
  raw.close()
  await hq.dispose()
  return result
}

/** (h) create_project of 10,000 steps, each but the first depending on two earlier ones. Median, microseconds. */
export const create = async () => {
  const hq = open(newFile(), "FULL")
  const depends_on = (num: number) => (num < 3 ? [] : [num - 1, Math.floor(num / 2)])
  const times: Array<number> = []
  for (let round = 0; round < 3; round++) {
    const request = plan(`p${round}`, 10_000, depends_on)
    const since = micros()
    await store(hq, [request])
    times.push(micros() - since)
  }
  await hq.dispose()
  return median(times)
}
