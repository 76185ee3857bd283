import assert from "node:assert/strict"
import { setTimeout as sleep } from "node:timers/promises"
import type { CreateProject } from "../src/domain/Requests.ts"
import { newFile } from "./disk.ts"
import { median, quantile } from "./measure.ts"
import { cpuTime } from "./processCost.ts"
import type { Figure } from "./results.ts"
import { type Server, startHq } from "./servers.ts"
import { fileWith, plan } from "./world.ts"

const count = 30
const freed = 3
const rounds = 10
/** These times are in milliseconds. */
const settleFor = 10_000
const idleFor = 10_000
const settleAfter = 500
const claimTimeout = 10_000

/** A round is one gate and the steps that it unblocks. The next gate depends on those. The waiting servers do not claim gates. */
const size = freed + 1
const gateOf = (num: number) => num - ((num - 1) % size)
const dependsOn = (num: number): ReadonlyArray<number> => {
  const gate = gateOf(num)
  if (num > gate) return [gate]
  return gate === 1 ? [] : Array.from({ length: freed }, (_, index) => gate - freed + index)
}
const rounded = plan("p", rounds * size, dependsOn)
const gated: CreateProject = {
  ...rounded,
  steps: rounded.steps.map((step) => ({ ...step, scope: step.step_num === gateOf(step.step_num) ? "gate" : "work" }))
}

/** Returns the CPU time of each process while all of them wait, in milliseconds a second. */
const idleCost = async (servers: ReadonlyArray<Server>): Promise<ReadonlyArray<number>> => {
  const before = servers.map(cpuTime)
  const since = performance.now()
  await sleep(idleFor)
  const seconds = (performance.now() - since) / 1000
  return servers.map((server, index) => (cpuTime(server) - (before[index] as number)) / seconds)
}

interface Win {
  readonly server: number
  readonly step_id: number
  readonly at: number
}

/** (j) 30 servers wait for a step: the CPU time that this costs, and the time from a completion to the claims of the unblocked steps. */
export const waiting = async (): Promise<ReadonlyArray<Figure>> => {
  const file = await fileWith(newFile(), [gated])
  const worker = await startHq(file)
  const servers: Array<Server> = []
  while (servers.length < count) servers.push(await startHq(file))
  const wins: Array<Win> = []
  let isOver = false
  const wait = async (server: number): Promise<void> => {
    const input = { project: "p", agent_id: `agent-${server}`, scopes: ["work"], wait_seconds: 50 }
    const { step } = (await (servers[server] as Server).call("claim_step", input)) as { step: { id: number } | null }
    if (step !== null) wins.push({ server, step_id: step.id, at: performance.now() })
    else if (!isOver) await wait(server)
  }
  const complete = async (server: Server, step_id: number) => {
    await server.call("start_step", { step_id })
    await server.call("complete_step", { step_id, commit_hash: "def456" })
  }
  const hold = (gate: number) => worker.call("claim_step", { project: "p", agent_id: "worker", step_num: gate })

  await hold(1)
  let calls = servers.map((_, server) => wait(server))
  // A process that has just started also does other work.
  await sleep(settleFor)
  const costs = process.platform === "linux" ? await idleCost(servers) : []
  const times: Array<number> = []
  for (let round = 0; round < rounds; round++) {
    const gate = round * size + 1
    if (round > 0) await hold(gate)
    await complete(worker, gate)
    const since = performance.now()
    while (wins.length < freed && performance.now() - since < claimTimeout) await sleep(10)
    await sleep(settleAfter)
    const won = wins.splice(0)
    assert.equal(won.length, freed, "as many wins as steps")
    times.push(...won.map(({ at }) => at - since))
    for (const { server, step_id } of won) await complete(servers[server] as Server, step_id)
    calls = [...calls, ...(round + 1 < rounds ? won.map(({ server }) => wait(server)) : [])]
    await sleep(settleAfter)
  }
  isOver = true
  await Promise.all(calls)
  await Promise.all([worker, ...servers].map((server) => server.close()))
  const [p50, longest] = [median(times), quantile(times, 1)]
  return [
    ...(costs.length === 0
      ? []
      : [
          {
            what: "processor time of a waiting process, in a second",
            unit: "ms" as const,
            hq: median(costs),
            target: { atMost: 10 },
            details: { most: quantile(costs, 1) }
          }
        ]),
    { what: `completion to the claim of one of ${freed} among ${count}`, unit: "ms", hq: p50 },
    { what: "the longest of them", unit: "ms", hq: longest, target: { atMost: 300 } }
  ]
}
