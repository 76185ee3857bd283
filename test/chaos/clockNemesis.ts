import assert from "node:assert/strict"
import { type Random, seeded } from "../support/random.ts"
import type { ServerProcess } from "../support/server.ts"
import { settableClock } from "../support/settableClock.ts"
import { inWorld, planOf, sleep, until, value, type World } from "../support/world.ts"
import { Ledger } from "./ledger.ts"

const hour = 3_600_000
const interval = 300
const lease = 5000

/** How much later than it should a busy machine may do anything. */
const slack = 5000

const env = {
  HQ_STALE_AFTER: `${lease} millis`,
  HQ_HEARTBEAT_EVERY: `${interval} millis`,
  HQ_SWEEP_EVERY: "200 millis",
  HQ_BUSY_TIMEOUT: "30 seconds",
  HQ_MAX_ATTEMPTS: "1000"
}

const year2100 = () => Date.UTC(2100, 0, 1) - Date.now()

interface Living {
  readonly agent: string
  readonly server: ServerProcess
  readonly set: (offset: number) => void
}

const startLiving = (world: World, agent: string): Living => {
  const { env: own, set } = settableClock(world.folder, agent, 0)
  return { agent, server: world.start(own), set }
}

/** What the nemesis has done, and how often. */
type Deeds = Record<string, number>

/** Moves clocks, of one process or of all, and stops processes for less than a lease, until told to end. */
const disturb = async (random: Random, all: ReadonlyArray<Living>, isOver: () => boolean, deeds: Deeds) => {
  const offsets: ReadonlyArray<readonly [deed: string, offset: () => number]> = [
    ["an hour ahead", () => hour],
    ["an hour back", () => -hour],
    ["to 2100", year2100],
    // Less than what a lease lasts longer than a renewal.
    ["a small step", () => random.int(-lease / 5, lease / 5)],
    ["right", () => 0]
  ]
  while (!isOver()) {
    await sleep(random.int(50, 900))
    const victims = random.chance(0.15) ? all : [random.pick(all)]
    const [deed, offset] = random.pick(offsets)
    const isStop = victims.length === 1 && random.chance(0.2)
    const name = isStop ? "stopped" : `${deed}${victims.length > 1 ? " (all)" : ""}`
    deeds[name] = (deeds[name] ?? 0) + 1
    if (isStop) {
      victims[0]?.server.signal("SIGSTOP")
      // Less than makes a session gone.
      await sleep(random.int(10, 2 * interval))
      victims[0]?.server.signal("SIGCONT")
    } else for (const { set } of victims) set(offset())
  }
}

/** Claims a step, asks for it again by the same request, keeps it for a while, completes it: nobody may come between. */
const work = async (random: Random, { agent, server }: Living, ledger: Ledger, request_id: string) => {
  const request = { project: "p", agent_id: agent, request_id }
  const step = await value(server.call("claim_step", request))
  const own = { step_id: step.id, agent_id: agent, attempt: step.attempt }
  const written = { project: "p", ...own }
  ledger.acknowledged({ type: "claimed", ...written })
  const again = async () => {
    await sleep(random.int(0, lease / 6))
    const { attempt, id } = await value(server.call("claim_step", request))
    assert.deepEqual({ id, attempt }, { id: step.id, attempt: step.attempt }, `the request ${request_id} repeated`)
  }
  await again()
  await value(server.call("start_step", own))
  ledger.acknowledged({ type: "started", ...written })
  if (random.chance(0.5)) await again()
  // Some stay silent for longer than a lease: the server renews it.
  await sleep(random.chance(0.1) ? 1.2 * lease : random.int(0, lease / 6))
  if (random.chance(0.3)) await value(server.call("heartbeat", own))
  await value(server.call("complete_step", { ...own, commit_hash: request_id }))
  ledger.acknowledged({ type: "completed", ...written, commit_hash: request_id })
}

const taken = (world: World) =>
  world.look((db) =>
    db
      .prepare(
        `SELECT step_id, event_type, metadata ->> 'from_agent' AS agent, metadata ->> 'reason' AS reason, timestamp
         FROM agent_events WHERE event_type IN ('recovered', 'failed')`
      )
      .all()
  )

const round = async (world: World, random: Random, at: number, millis: number, deeds: Deeds) => {
  const ledger = new Ledger()
  const all = [0, 1, 2].map((index) => startLiving(world, `agent-${at}-${index}`))
  const doomed = startLiving(world, `doomed-${at}`)
  const before = taken(world).length
  await Promise.all([...all, doomed].map(({ server }) => server.ready))
  // Each knows by then that the others live.
  await sleep(3 * interval)
  const since = performance.now()
  let isOver = false
  const working = all.map(async (living) => {
    for (let made = 1; !isOver && performance.now() - since < millis; made++) {
      await work(random, living, ledger, `${living.agent}-${made}`)
    }
  })
  const held = await value(doomed.server.call("claim_step", { project: "p", agent_id: doomed.agent }))
  const disturbed = disturb(random, [...all, doomed], () => isOver, deeds)
  const worked = await Promise.allSettled(working)
  isOver = true
  await disturbed
  assert.deepEqual(taken(world).slice(before), [], "a step of a living agent was taken")
  for (const one of worked) if (one.status === "rejected") throw one.reason
  // It dies at whatever time its clock shows; then all agree again.
  doomed.server.signal("SIGKILL")
  for (const { set } of all) set(0)
  const dead = performance.now()
  const within = 2 * lease + 6 * interval + slack
  await until("the step of the dead is given away", within, () => taken(world).length > before)
  const [, ...others] = taken(world).slice(before)
  assert.deepEqual(others, [])
  const inheritMs = performance.now() - dead
  const [heir] = all as [Living, ...Array<Living>]
  const inherited = await value(
    heir.server.call("claim_step", { project: "p", step_num: held.step_num, agent_id: heir.agent })
  )
  assert.equal(inherited.attempt, 2)
  assert.deepEqual(world.look(ledger.lost), [])
  world.check()
  for (const { server } of all) server.endInput()
  return { acknowledged: ledger.size, inheritMs }
}

/**
 * The clocks of all processes move, each as it likes, and processes stand still. As long as their agents live nobody takes their steps,
 * and a repeated request gives the same claim; once one is dead and the clocks agree again, its step is given away in bounded time.
 */
export const clockNemesis = ({ millis, rounds, seed }: { seed: number; rounds: number; millis: number }) =>
  inWorld(env, async (world) => {
    const random = seeded(seed)
    const first = world.start()
    await value(first.call("create_project", planOf("p", 2000)))
    first.endInput()
    await first.ended
    const deeds: Deeds = {}
    const figures = { rounds, acknowledged: 0, longestInheritMs: 0 }
    for (let at = 0; at < rounds; at++) {
      const { acknowledged, inheritMs } = await round(world, random, at, millis, deeds)
      figures.acknowledged += acknowledged
      figures.longestInheritMs = Math.max(figures.longestInheritMs, Math.round(inheritMs))
    }
    return { ...figures, deeds: JSON.stringify(deeds) }
  })
