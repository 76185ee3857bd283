import assert from "node:assert/strict"
import { existsSync } from "node:fs"
import { type Random, seeded } from "../support/random.ts"
import type { ServerProcess } from "../support/server.ts"
import { settableClock } from "../support/settableClock.ts"
import { holdLock, inWorld, planOf, refusal, sleep, timed, value, type World } from "../support/world.ts"

const hour = 3_600_000
const busy = 1000

/** How much later than HQ_BUSY_TIMEOUT a busy machine may be. */
const slack = 4000

const env = {
  HQ_SWEEP_EVERY: "100 millis",
  HQ_HEARTBEAT_EVERY: "100 millis",
  HQ_BUSY_TIMEOUT: "30 seconds",
  HQ_MAX_ATTEMPTS: "1000"
}

const libfaketime = ["x86_64-linux-gnu", "aarch64-linux-gnu"]
  .map((system) => `/usr/lib/${system}/faketime/libfaketime.so.1`)
  .find(existsSync)

/** Environment of a server whose clock is off by that much: for the whole process where libfaketime is installed, else for its program. */
const shifted = (world: World, name: string, offset: number): Record<string, string> =>
  libfaketime === undefined
    ? settableClock(world.folder, name, offset).env
    : {
        LD_PRELOAD: libfaketime,
        FAKETIME: `${offset < 0 ? "" : "+"}${offset / 1000}s`,
        FAKETIME_DONT_FAKE_MONOTONIC: "1"
      }

/** Acknowledged claims and completions, by step and attempt, with the agents that got them. */
type Acknowledged = Map<string, Array<string>>

const note = (acknowledged: Acknowledged, key: string, agent: string) =>
  void acknowledged.set(key, [...(acknowledged.get(key) ?? []), agent])

/** An agent's turn; what its claim lost meanwhile is lost: leases end when any of the clocks says so. */
const work = async (random: Random, server: ServerProcess, agent_id: string, acknowledged: Acknowledged) => {
  const step = await value(server.call("claim_step", { project: "p", agent_id }))
  if (step === null) return sleep(20)
  const { attempt, id } = step
  note(acknowledged, `claim ${id} ${attempt}`, agent_id)
  const own = { step_id: id, agent_id, attempt }
  const rest: ReadonlyArray<readonly [tool: string, input: object]> = [
    ["start_step", own],
    ["heartbeat", own],
    random.chance(0.7) ? ["release_step", own] : ["complete_step", { ...own, commit_hash: "c" }]
  ]
  for (const [tool, input] of rest) {
    await sleep(random.int(0, 60))
    const { isError, structured, text } = await server.call(tool, input)
    if (isError) return assert.equal(structured.error._tag, "Conflict", text)
    if (tool === "complete_step") note(acknowledged, `completion ${id}`, agent_id)
  }
}

/** A clock set back while a write waits for the lock must not make it wait for longer. */
const waitOverJump = async (world: World) => {
  const { env: own, set } = settableClock(world.folder, "waiting", 0)
  const server = world.start({ ...own, HQ_BUSY_TIMEOUT: `${busy} millis`, HQ_SWEEP_EVERY: "0" })
  await server.ready
  const release = await holdLock(world)
  const write = timed(refusal(server.call("create_project", planOf("never", 1)), "StorageBusy"))
  await sleep(busy / 2)
  set(-hour)
  const waited = await Promise.race([write, sleep(busy + slack)])
  release()
  assert(waited !== undefined, "a write waits on after its clock was set back")
  return waited.ms
}

/**
 * Servers whose clocks are an hour ahead, an hour back, right, and set forth and back all the time share a file: they take one
 * another's steps, but no attempt at a step is ever two agents', and no step is completed twice.
 */
export const clock = ({ seed, millis }: { seed: number; millis: number }) =>
  inWorld(env, async (world) => {
    const random = seeded(seed)
    const { env: jumping, set } = settableClock(world.folder, "jumping", 0)
    const first = world.start()
    await value(first.call("create_project", planOf("p", 500)))
    const servers = [
      first,
      world.start(),
      world.start(shifted(world, "ahead", hour)),
      world.start(shifted(world, "back", -hour)),
      world.start(jumping)
    ]
    await Promise.all(servers.map((server) => server.ready))
    const acknowledged: Acknowledged = new Map()
    const since = performance.now()
    const isOver = () => performance.now() - since > millis
    const working = servers.map(async (server, at) => {
      while (!isOver()) await work(random, server, `agent-${at}`, acknowledged)
    })
    const jumps = (async () => {
      while (!isOver()) {
        await sleep(random.int(50, 300))
        set(random.pick([-hour, 0, hour]))
      }
    })()
    await Promise.all([...working, jumps])
    for (const [what, agents] of acknowledged) assert.equal(agents.length, 1, `${what} by ${agents}`)
    world.check()
    const waitOverJumpMs = Math.round(await waitOverJump(world))
    const recovered = world.look((db) =>
      db.prepare("SELECT count(*) FROM agent_events WHERE event_type = 'recovered'").pluck().get()
    )
    return {
      clock: libfaketime === undefined ? "of the program" : "libfaketime",
      acknowledged: acknowledged.size,
      recovered,
      waitOverJumpMs
    }
  })
