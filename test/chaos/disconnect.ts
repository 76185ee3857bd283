import assert from "node:assert/strict"
import type { ServerProcess } from "../support/server.ts"
import { inWorld, planOf, refusal, sleep, until, value } from "../support/world.ts"

const lease = 4000
const grace = 1500
const sweep = 200

/** How much later than it should a busy machine may sweep. */
const slack = 2000

const env = {
  HQ_STALE_AFTER: `${lease} millis`,
  HQ_DISCONNECT_GRACE: `${grace} millis`,
  HQ_SWEEP_EVERY: `${sweep} millis`,
  HQ_HEARTBEAT_EVERY: "500 millis"
}

interface Ending {
  readonly name: string
  readonly end: (server: ServerProcess) => void
  /** How the process ends. */
  readonly code: number | NodeJS.Signals
  /** The lease that is left then, in milliseconds. */
  readonly left: number
}

const endings: ReadonlyArray<Ending> = [
  { name: "end of input", end: (server) => server.endInput(), code: 0, left: grace },
  { name: "SIGTERM", end: (server) => server.signal("SIGTERM"), code: 0, left: grace },
  { name: "SIGINT", end: (server) => server.signal("SIGINT"), code: 0, left: grace },
  { name: "SIGKILL", end: (server) => server.signal("SIGKILL"), code: "SIGKILL", left: lease }
]

/**
 * A client that goes away leaves its agents HQ_DISCONNECT_GRACE, one that is killed the whole lease; who comes back by then
 * carries on, through whichever process, and the sweep gives the steps of the others away, not before.
 */
export const disconnect = (_: { seed: number }) =>
  inWorld(env, async (world) => {
    const other = world.start()
    await value(other.call("create_project", planOf("p", 2 * endings.length)))
    const leaseOf = (id: number): number =>
      world.look((db) => {
        const row = db
          .prepare<[number], { end: string | null }>("SELECT lease_expires_at AS end FROM steps WHERE id = ?")
          .get(id)
        return Date.parse(row?.end ?? "")
      })

    const play = async ({ code, end, left, name }: Ending) => {
      const server = world.start()
      const [back, gone] = [`${name}, back`, `${name}, gone`]
      const [kept, lost] = [
        await value(server.call("claim_step", { project: "p", agent_id: back })),
        await value(server.call("claim_step", { project: "p", agent_id: gone }))
      ]
      await value(server.call("start_step", { step_id: kept.id, agent_id: back }))
      // A session that is shorter than a lease leaves its leases as they are.
      await sleep(lease)
      const before = Date.now()
      end(server)
      const since = performance.now()
      assert.equal(await server.ended, code, name)
      const endedInMs = performance.now() - since
      assert(endedInMs < 2000, `${name}: ended after ${endedInMs} ms`)
      const after = Date.now()
      for (const id of [kept.id, lost.id]) {
        const leftOfLease = leaseOf(id)
        // The lease runs from a sign of life, which may have been a renewal some time before the end.
        const earliest = code === 0 ? before + left : before
        assert(
          leftOfLease >= earliest && leftOfLease <= after + left,
          `${name}: ${leftOfLease - after} ms of the lease left`
        )
      }
      const endOfLost = leaseOf(lost.id)

      const work = await value(other.call("get_agent_work", { agent_id: back }))
      assert.deepEqual(
        work.map((step: { id: number }) => step.id),
        [kept.id]
      )
      const heartbeat = await value(
        other.call("heartbeat", { step_id: kept.id, agent_id: back, attempt: kept.attempt })
      )
      assert(Date.parse(heartbeat.lease_expires_at) >= after + lease)

      const sweptAt = () =>
        world.look((db) => {
          const event = db
            .prepare<[number], { timestamp: string }>(
              "SELECT timestamp FROM agent_events WHERE step_id = ? AND event_type = 'recovered'"
            )
            .get(lost.id)
          return event === undefined ? undefined : Date.parse(event.timestamp)
        })
      await until(`${name}: the step is given away`, lease + sweep + slack, () => sweptAt() !== undefined)
      const lateMs = (sweptAt() ?? 0) - endOfLost
      assert(lateMs >= 0 && lateMs <= sweep + slack, `${name}: swept ${lateMs} ms after the lease`)
      const heir = { project: "p", agent_id: `${name}, heir`, step_id: lost.id }
      assert.equal((await value(other.call("claim_step", heir))).attempt, 2)
      await refusal(other.call("heartbeat", { step_id: lost.id, agent_id: gone }), "Conflict")
      await value(other.call("complete_step", { step_id: kept.id, agent_id: back, commit_hash: "c" }))
      return Math.round(endedInMs)
    }
    const endedInMs = await Promise.all(endings.map(play))
    world.check()
    return Object.fromEntries(endings.map(({ name }, at) => [`${name} (ms)`, endedInMs[at]]))
  })
