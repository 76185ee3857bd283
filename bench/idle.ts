import { setTimeout as sleep } from "node:timers/promises"
import { newFile } from "./disk.ts"
import { median, quantile } from "./measure.ts"
import { cpuTime, wakeUps } from "./processCost.ts"
import type { Figure } from "./results.ts"
import { type Server, startHq } from "./servers.ts"
import { fileWith, plan } from "./world.ts"

const count = 50
const waiters = 30
/** These times are in milliseconds. */
const settleFor = 10_000
const measureFor = 60_000

/** Returns what the processes cost while nothing happens: CPU time in milliseconds a second, and wake-ups a second. */
const costs = async (servers: ReadonlyArray<Server>) => {
  const before = servers.map((server) => [cpuTime(server), wakeUps(server)] as const)
  const since = performance.now()
  await sleep(measureFor)
  const seconds = (performance.now() - since) / 1000
  return servers.map((server, index) => {
    const [cpu, wakes] = before[index] as readonly [number, number]
    return { cpu: (cpuTime(server) - cpu) / seconds, wakes: (wakeUps(server) - wakes) / seconds }
  })
}

const figures = (of: string, found: Awaited<ReturnType<typeof costs>>): ReadonlyArray<Figure> => {
  const wakes = found.map((cost) => cost.wakes)
  return [
    {
      what: `processor time of ${of}, together, in a second`,
      unit: "ms",
      hq: found.reduce((sum, { cpu }) => sum + cpu, 0),
      target: { atMost: 57 }
    },
    {
      what: `wake-ups of one of ${of}, in a second`,
      unit: "",
      hq: median(wakes),
      target: { atMost: 2.4 },
      details: { most: quantile(wakes, 1) }
    }
  ]
}

/** (k) 50 servers for a minute that have nothing to do; then another minute, in which 30 of them wait for a step. Linux only. */
export const idle = async (): Promise<ReadonlyArray<Figure>> => {
  if (process.platform !== "linux") return []
  const file = await fileWith(newFile(), [plan("p", 1)])
  const servers: Array<Server> = []
  while (servers.length < count) servers.push(await startHq(file))
  const [holder] = servers as [Server, ...ReadonlyArray<Server>]
  await holder.call("claim_step", { project: "p", agent_id: "holder" })
  await sleep(settleFor)
  const alone = await costs(servers)
  let isOver = false
  const wait = async (server: Server, agent_id: string): Promise<void> => {
    while (!isOver) await server.call("claim_step", { project: "p", agent_id, wait_seconds: 50 })
  }
  const calls = servers.slice(-waiters).map((server, index) => wait(server, `agent-${index}`))
  await sleep(settleFor)
  const waited = await costs(servers)
  isOver = true
  await Promise.all(calls)
  await Promise.all(servers.map((server) => server.close()))
  return [
    ...figures(`${count} idle processes`, alone),
    ...figures(`${count} processes, ${waiters} of which wait`, waited)
  ]
}
