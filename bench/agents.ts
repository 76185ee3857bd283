import assert from "node:assert/strict"
import Sqlite from "better-sqlite3"
import * as Effect from "effect/Effect"
import * as Random from "effect/Random"
import { Steps } from "../src/services/Steps.ts"
import { violationsIn } from "../test/support/invariants.ts"
import { newFile } from "./disk.ts"
import { micros, summary } from "./measure.ts"
import type { Figure } from "./results.ts"
import { agent, fileWith, open, plan, project } from "./world.ts"

const projects = 100
const stepsEach = 100
const agentsEach = 10

/** Mean time between two calls of an agent, in milliseconds. All agents together make up to 2,000 calls a second. */
const meanThinkTime = 500

/** Sleeps and returns the planned end, because a late wake-up means that the agent has waited for others' calls. */
const think = Effect.flatMap(Random.nextRange(0, 2 * meanThinkTime), (millis) => {
  const end = micros() + millis * 1000
  return Effect.as(Effect.sleep(millis), end)
})

/** Each step depends on two earlier steps, far enough back that ten agents usually find a ready step. */
const dependsOn = (num: number) => [num - 2 * agentsEach, num - 2 * agentsEach + 1].filter((on) => on > 0)

/** (d) 1,000 agents of one process complete 10,000 steps in 100 projects, with think time. */
export const agents = async (): Promise<ReadonlyArray<Figure>> => {
  const names = Array.from({ length: projects }, (_, index) => `p${index}`)
  const file = await fileWith(
    newFile(),
    names.map((name) => plan(name, stepsEach, dependsOn))
  )
  const hq = open(file, "FULL")
  const steps = await hq.runPromise(Steps)
  const claims: Array<number> = []
  const worker = (name: string, number: number) =>
    Effect.gen(function* () {
      const request = { project: project(name), agent_id: agent(`${name}-${number}`) }
      while (true) {
        const planned = yield* think
        const { reason, step } = yield* steps.claim(request)
        if (reason === "all_done" || reason === "all_claimed") return
        if (step === null) continue
        claims.push(micros() - planned)
        const mine = { step_id: step.id, agent_id: request.agent_id, attempt: step.attempt }
        yield* think
        yield* steps.start(mine)
        yield* think
        yield* steps.heartbeat(mine)
        yield* think
        yield* steps.complete({ ...mine, commit_hash: "def456" })
      }
    })
  const crowd = names.flatMap((name) => Array.from({ length: agentsEach }, (_, number) => worker(name, number)))
  const since = micros()
  await hq.runPromise(
    Effect.all(crowd, { concurrency: "unbounded", discard: true }).pipe(Effect.withRandom(Random.make(1)))
  )
  const seconds = (micros() - since) / 1e6
  await hq.dispose()

  const total = projects * stepsEach
  const db = new Sqlite(file, { readonly: true })
  const done = db.prepare("SELECT count(*) FROM steps WHERE status = 'completed' AND attempt = 1").pluck().get()
  const events = db
    .prepare("SELECT count(DISTINCT step_id) FROM agent_events WHERE event_type = 'completed'")
    .pluck()
    .get()
  const writes = db.prepare("SELECT count(*) FROM agent_events").pluck().get() as number
  db.close()
  assert.deepEqual([done, events, violationsIn(file)], [total, total, []])
  const { median, p99 } = summary(claims)
  return [
    {
      what: "claim by one of 1,000 thinking agents, median",
      unit: "µs",
      hq: median,
      details: { p99 }
    },
    { what: "claim by one of 1,000 thinking agents, p99", unit: "µs", hq: p99 },
    { what: "writes while they work", unit: "/s", hq: writes / seconds },
    { what: "steps done, each once", unit: "", hq: total, target: { atLeast: total }, details: { seconds } }
  ]
}
