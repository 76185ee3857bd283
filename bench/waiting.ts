import assert from "node:assert/strict"
import { readFileSync } from "node:fs"
import { setTimeout as sleep } from "node:timers/promises"
import type { CreateProject } from "../src/domain/Requests.ts"
import { newFile } from "./disk.ts"
import { median, quantile } from "./measure.ts"
import type { Figure } from "./results.ts"
import { type Served, startHq } from "./servers.ts"
import { fileWith, plan } from "./world.ts"

const count = 30
const freed = 3
const rounds = 10
const settleFor = 10_000
const idleFor = 10_000
const settleAfter = 500
const patience = 10_000

/** A round is a gate, and the steps that it frees; the next gate waits for those. Nobody waits for gates. */
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

/** Clock ticks of Linux: 100 a second wherever Node runs. */
const tick = 10

/** Time that a process has spent on processors so far, in milliseconds. */
const spent = ({ pid }: Served): number => {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8")
  // The name, in brackets, may hold spaces; after it the state is field 3, and utime and stime are 14 and 15.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ")
  return (Number(fields[11]) + Number(fields[12])) * tick
}

/** Processor time of each process, in milliseconds a second, while all of them wait. */
const idle = async (servers: ReadonlyArray<Served>): Promise<ReadonlyArray<number>> => {
  const before = servers.map(spent)
  const since = performance.now()
  await sleep(idleFor)
  const seconds = (performance.now() - since) / 1000
  return servers.map((server, index) => (spent(server) - (before[index] as number)) / seconds)
}

interface Win {
  readonly server: number
  readonly step_id: number
  readonly at: number
}

/** (i) 30 servers that wait for a step: what that costs, and how soon those have a step for whom one completion frees it. */
export const waiting = async (): Promise<ReadonlyArray<Figure>> => {
  const file = await fileWith(newFile(), [gated])
  const worker = await startHq(file)
  const servers: Array<Served> = []
  while (servers.length < count) servers.push(await startHq(file))
  const wins: Array<Win> = []
  let isOver = false
  const wait = async (server: number): Promise<void> => {
    const input = { project: "p", agent_id: `agent-${server}`, scopes: ["work"], wait_seconds: 50 }
    const { step } = (await (servers[server] as Served).call("claim_step", input)) as { step: { id: number } | null }
    if (step !== null) wins.push({ server, step_id: step.id, at: performance.now() })
    else if (!isOver) await wait(server)
  }
  const complete = async (server: Served, step_id: number) => {
    await server.call("start_step", { step_id })
    await server.call("complete_step", { step_id, commit_hash: "def456" })
  }
  const hold = (gate: number) => worker.call("claim_step", { project: "p", agent_id: "worker", step_num: gate })

  await hold(1)
  let calls = servers.map((_, server) => wait(server))
  // What a process that has just started does besides is not what waiting costs.
  await sleep(settleFor)
  const costs = process.platform === "linux" ? await idle(servers) : []
  const times: Array<number> = []
  for (let round = 0; round < rounds; round++) {
    const gate = round * size + 1
    if (round > 0) await hold(gate)
    await complete(worker, gate)
    const since = performance.now()
    while (wins.length < freed && performance.now() - since < patience) await sleep(10)
    await sleep(settleAfter)
    const won = wins.splice(0)
    assert.equal(won.length, freed, "as many wins as steps")
    times.push(...won.map(({ at }) => at - since))
    for (const { server, step_id } of won) await complete(servers[server] as Served, step_id)
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
