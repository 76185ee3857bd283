import assert from "node:assert/strict"
import { join } from "node:path"
import type { ServerProcess } from "../support/server.ts"
import { holdLock, inWorld, planOf, refusal, sleep, timed, value, type World } from "../support/world.ts"

const busy = 2000

/** Longest time that a server may leave its client without an answer to what does not need the lock, in milliseconds. */
const bearable = 250

/** Longest time that a server may take to end after its client, in milliseconds. */
const endsWithin = 2000

/** How many subagents of one client write at once: waiting together must not block their server. */
const crowds = [1, 30]

/** How much later than HQ_BUSY_TIMEOUT a busy machine may be. */
const slack = 1500

/** Sweeps and renewals run into the lock too. */
const env = {
  HQ_BUSY_TIMEOUT: `${busy} millis`,
  HQ_STALE_AFTER: "1 minutes",
  HQ_SWEEP_EVERY: "300 millis",
  HQ_HEARTBEAT_EVERY: "200 millis"
}

/** Pings and reads every 20 ms until told to end. Returns the longest time without an answer. */
const watch = async (server: ServerProcess, isOver: () => boolean) => {
  let longest = 0
  while (!isOver()) {
    const ping = await timed(server.ping())
    const read = await timed(value(server.call("get_available_steps")))
    longest = Math.max(longest, ping.ms, read.ms)
    await sleep(20)
  }
  return longest
}

/** @param control a server on another file, which shows how long the machine alone keeps a process waiting */
const round = async (world: World, servers: ReadonlyArray<ServerProcess>, control: ServerProcess, at: number) => {
  const claims = await Promise.all(
    servers.map((server, index) => value(server.call("claim_step", { project: "p", agent_id: `agent-${at}-${index}` })))
  )
  const release = await holdLock(world)
  let isOver = false
  const watched = Promise.all(servers.map((server) => watch(server, () => isOver)))
  const controlled = watch(control, () => isOver)
  const writes = await Promise.all(
    servers.flatMap((server, index) =>
      [
        server.call("start_step", { step_id: claims[index].id }),
        server.call("create_project", planOf(`q-${at}-${index}`, 3)),
        ...Array.from({ length: crowds[index % crowds.length] as number }, (_, number) =>
          server.call("claim_step", { project: "p", agent_id: `subagent-${number}` })
        )
      ].map((answer) => timed(refusal(answer, "StorageBusy")))
    )
  )
  // One that starts now, and one whose client goes away in the middle of a write.
  const late = world.start()
  const { ms: startMs } = await timed(value(late.call("get_project", { name: "p" })))
  late.call("create_project", planOf("never", 1)).catch(() => {})
  await sleep(50)
  late.endInput()
  const { ms: endMs, result: code } = await timed(late.ended)
  isOver = true
  const longestMs = Math.max(...(await watched))
  const controlMs = await controlled
  release()

  assert.equal(code, 0)
  for (const { ms, result } of writes) {
    assert(ms >= busy * 0.9 && ms <= busy + slack, `StorageBusy after ${ms} ms`)
    assert(result.waited_ms >= busy && result.waited_ms <= busy + slack, `waited_ms ${result.waited_ms} of ${ms} ms`)
  }
  // Everything goes on.
  for (const [index, server] of servers.entries()) {
    const mine = { step_id: claims[index].id, agent_id: claims[index].agent_id }
    await value(server.call("start_step", mine))
    await value(server.call("complete_step", { ...mine, commit_hash: "c" }))
  }
  return { longestMs, controlMs, startMs, endMs, busyMs: Math.max(...writes.map(({ ms }) => ms)) }
}

/**
 * While another SQLite client is stopped inside a write, servers answer what needs no lock at once, and the rest with StorageBusy
 * after HQ_BUSY_TIMEOUT; when it is gone, everything goes on.
 */
export const stoppedWriter = ({ servers: count }: { seed: number; servers: number }) =>
  inWorld(env, async (world) => {
    const servers = Array.from({ length: count }, () => world.start())
    await value((servers[0] as ServerProcess).call("create_project", planOf("p", 3 * count)))
    const control = world.start({ AGENT_DB_PATH: join(world.folder, "control.db") })
    await Promise.all([...servers, control].map((server) => server.ready))
    // A machine with more to do may keep a process waiting now and then; an event loop that is blocked is so each time.
    for (let at = 1; ; at++) {
      const figures = await round(world, servers, control, at)
      world.check()
      if (figures.longestMs < bearable + figures.controlMs && figures.endMs < endsWithin)
        return { rounds: at, ...figures }
      assert(at < 3, `too slow while another held the lock: ${JSON.stringify(figures)}`)
    }
  })
