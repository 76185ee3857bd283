import { execFileSync } from "node:child_process"
import { readFileSync } from "node:fs"
import { newFile } from "./disk.ts"
import { interleaved } from "./measure.ts"
import type { Figure } from "./results.ts"
import { type Server, startEmpty, startHq } from "./servers.ts"
import { fileWith, plan } from "./world.ts"

const starts = 15
const calls = 100

/** Returns the resident memory of a process, in MB. */
const resident = (pid: number): number => {
  const kilobytes =
    process.platform === "linux"
      ? /VmRSS:\s*(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]
      : execFileSync("ps", ["-o", "rss=", "-p", String(pid)], { encoding: "utf8" })
  return Number(kilobytes) / 1024
}

/** Starts a server, calls a tool 100 times and ends the server. */
const life = async (start: () => Promise<Server>, call: (server: Server, index: number) => Promise<unknown>) => {
  const since = performance.now()
  const server = await start()
  const initialized = performance.now() - since
  await call(server, 0)
  const called = performance.now() - since
  for (let index = 1; index < calls; index++) await call(server, index)
  const memory = resident(server.pid)
  await server.close()
  return { initialized, called, memory }
}

/** (g) The built server: time from its start to its first answers, and memory after 100 calls. A bare SDK server is the baseline. */
export const start = async (): Promise<ReadonlyArray<Figure>> => {
  const file = await fileWith(newFile(), [plan("p", calls * (starts + 1))])
  const { empty, hq } = await interleaved(starts, {
    empty: () => life(startEmpty, (server) => server.call("nothing", {})),
    hq: (round) =>
      life(
        () => startHq(file),
        (server, index) => server.call("claim_step", { project: "p", agent_id: `a${round}-${index}` })
      )
  })
  return [
    {
      what: "start to the answer to initialize",
      unit: "ms",
      hq: hq.initialized,
      against: ["bare SDK", empty.initialized],
      target: { atMost: 0.75 }
    },
    {
      what: "start to the first tool's answer (hq: a durable claim)",
      unit: "ms",
      hq: hq.called,
      against: ["bare SDK", empty.called],
      target: { atMost: 0.75 }
    },
    {
      what: "memory after 100 calls (hq: claims)",
      unit: "MB",
      hq: hq.memory,
      against: ["bare SDK", empty.memory],
      target: { atMost: 1.15 }
    }
  ]
}
