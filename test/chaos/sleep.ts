import assert from "node:assert/strict"
import { seeded } from "../support/random.ts"
import type { ServerProcess } from "../support/server.ts"
import { inWorld, planOf, refusal, sleep, until, value, type World } from "../support/world.ts"

const lease = 3600
const interval = 1200

/** How much later than it should a busy machine may sweep. */
const slack = 5000

const env = {
  HQ_STALE_AFTER: `${lease} millis`,
  HQ_SWEEP_EVERY: "200 millis",
  HQ_HEARTBEAT_EVERY: `${interval} millis`
}

const orders = <A>(items: ReadonlyArray<A>): ReadonlyArray<ReadonlyArray<A>> =>
  items.length === 0
    ? [[]]
    : items.flatMap((first, at) => orders(items.filter((_, other) => other !== at)).map((rest) => [first, ...rest]))

const lost = (world: World) =>
  world.look((db) =>
    db.prepare("SELECT step_id, event_type FROM agent_events WHERE event_type IN ('recovered', 'failed')").all()
  )

/** All processes stop for longer than a lease and go on in that order, and one is started when the first of them does. */
const night = async (world: World, order: ReadonlyArray<ServerProcess>, gaps: () => number) => {
  for (const server of order) server.signal("SIGSTOP")
  await sleep(lease + 500)
  const late = world.start()
  for (const server of order) {
    server.signal("SIGCONT")
    await sleep(gaps())
  }
  await late.ready
  // It cannot tell whether the holder is gone or asleep.
  const error = await refusal(late.call("start_step", { step_id: 1, agent_id: "agent-0" }), "Conflict")
  assert.match(error.message, /through another live session/)
  // Longer than every sweep spares anybody.
  await sleep(3 * interval)
  late.endInput()
  await late.ended
}

/**
 * A machine sleeps for longer than its agents' leases: whoever wakes first takes nobody's step. A step whose agent does not come back
 * is given away all the same, and the attempt is not counted as lost.
 */
export const asleep = ({ nights, seed }: { seed: number; nights: number }) =>
  inWorld(env, async (world) => {
    const random = seeded(seed)
    const servers = Array.from({ length: 3 }, () => world.start())
    const [first] = servers as [ServerProcess]
    await value(first.call("create_project", planOf("p", servers.length)))
    for (const [at, server] of servers.entries()) {
      await value(server.call("claim_step", { project: "p", agent_id: `agent-${at}`, step_num: at + 1 }))
    }
    // Sweeps go on by then, so that the sleep is a gap.
    await sleep(2 * interval)
    const all = orders(servers)
    const from = random.int(0, all.length - 1)
    for (let at = 0; at < nights; at++) {
      const order = all[(from + at) % all.length] as ReadonlyArray<ServerProcess>
      await night(world, order, () => random.int(0, interval / 8))
      assert.deepEqual(lost(world), [], `in the order ${order.map((server) => servers.indexOf(server))}`)
    }
    for (const [at, server] of servers.entries()) {
      await value(server.call("start_step", { step_id: at + 1 }))
    }

    // One that never wakes.
    const [dead, ...living] = servers as [ServerProcess, ...Array<ServerProcess>]
    for (const server of servers) server.signal("SIGSTOP")
    await sleep(lease + 500)
    dead.signal("SIGKILL")
    for (const server of living) server.signal("SIGCONT")
    await until("the step of the dead is given away", 3 * interval + slack, () => lost(world).length > 0)
    assert.deepEqual(lost(world), [{ step_id: 1, event_type: "recovered" }])
    const counted = world.look((db) => db.prepare("SELECT lost_attempts FROM steps WHERE id = 1").pluck().get())
    assert.equal(counted, 0)
    for (const [at, server] of living.entries()) {
      await value(server.call("complete_step", { step_id: at + 2, commit_hash: "c" }))
    }
    world.check()
    return { nights }
  })
