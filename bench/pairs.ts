import assert from "node:assert/strict"
import * as Effect from "effect/Effect"
import { Steps } from "../src/services/Steps.ts"
import { newFile } from "./disk.ts"
import { interleaved, micros } from "./measure.ts"
import { plainjob } from "./plainjob.ts"
import type { Figure } from "./results.ts"
import { agent, fileWith, open, plan, project } from "./world.ts"

const projects = 100
const agentsEach = 10
const pairsEach = 4
const stepsEach = agentsEach * pairsEach
const rounds = 3
const total = projects * stepsEach

const names = (round: number) => Array.from({ length: projects }, (_, index) => `p${round}-${index}`)

const perSecond = (since: number) => ({ pairs: total / ((micros() - since) / 1e6) })

/**
 * (d) Claim and complete without think time. In hq, 1,000 agents of one process also start each step, because hq completes only started
 * steps. plainjob is synchronous, so one process does one job after the other.
 */
export const pairs = async (): Promise<ReadonlyArray<Figure>> => {
  const all = Array.from({ length: rounds + 1 }, (_, round) => names(round)).flat()
  const hq = open(
    await fileWith(
      newFile(),
      all.map((name) => plan(name, stepsEach))
    ),
    "FULL"
  )
  const steps = await hq.runPromise(Steps)
  const queue = plainjob(newFile())
  for (const name of all) {
    queue.addMany(
      name,
      Array.from({ length: stepsEach }, (_, index) => ({ step_num: index + 1 }))
    )
  }
  // Each agent completes the same number of steps, so that no claim finds the plan empty.
  const worker = (name: string, number: number) =>
    Effect.gen(function* () {
      const request = { project: project(name), agent_id: agent(`${name}-${number}`) }
      for (let pair = 0; pair < pairsEach; pair++) {
        const { step } = yield* steps.claim(request)
        assert(step !== null)
        const mine = { step_id: step.id, agent_id: request.agent_id, attempt: step.attempt }
        yield* steps.start(mine)
        yield* steps.complete({ ...mine, commit_hash: "def456" })
      }
    })
  const results = await interleaved(rounds, {
    plainjob: async (round) => {
      const since = micros()
      for (const name of names(round)) {
        for (let pair = 0; pair < stepsEach; pair++) {
          const job = queue.getAndMarkJobAsProcessing(name)
          assert(job !== undefined)
          queue.markJobAsDone(job.id)
        }
      }
      return perSecond(since)
    },
    hq: async (round) => {
      const numbers = Array.from({ length: agentsEach }, (_, number) => number)
      const crowd = names(round).flatMap((name) => numbers.map((number) => worker(name, number)))
      const since = micros()
      await hq.runPromise(Effect.all(crowd, { concurrency: "unbounded", discard: true }))
      return perSecond(since)
    }
  })
  queue.close()
  await hq.dispose()
  return [
    {
      what: "claim + complete, 1,000 agents without think time, FULL",
      unit: "/s",
      hq: results.hq.pairs,
      against: ["plainjob", results.plainjob.pairs],
      target: { atLeast: 4 }
    }
  ]
}
