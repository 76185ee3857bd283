import assert from "node:assert/strict"
import type { ServerProcess } from "../support/server.ts"
import { inWorld, planOf, sleep, until, value } from "../support/world.ts"

const deadline = 5000
const sweep = 200

/** How much later than it should a busy machine may sweep. */
const slack = 2000

const env = {
  HQ_STALE_AFTER: "2 seconds",
  HQ_HEARTBEAT_EVERY: "200 millis",
  HQ_SWEEP_EVERY: `${sweep} millis`,
  HQ_PROGRESS_DEADLINE: `${deadline} millis`
}

interface Life {
  readonly agent: string
  readonly server: ServerProcess
  /** What its client does again and again while it works; undefined: it only stays connected. */
  readonly talk?: (server: ServerProcess, step_id: number) => Promise<unknown>
}

/**
 * Agents that say nothing lose their steps when HQ_PROGRESS_DEADLINE is over, not before, although their leases are much shorter
 * and their clients stay connected; those that make any call now and then keep them.
 */
export const stuckAgent = (_: { seed: number }) =>
  inWorld(env, async (world) => {
    const [shared, silent, busy, looking] = [world.start(), world.start(), world.start(), world.start()]
    const heartbeat = (agent_id: string) => (server: ServerProcess, step_id: number) =>
      value(server.call("heartbeat", { step_id, agent_id }))
    const lives: ReadonlyArray<Life> = [
      { agent: "silent", server: silent },
      // A client's pings are no sign that its agent gets on.
      { agent: "silent beside a busy one", server: shared },
      { agent: "busy beside a silent one", server: shared, talk: heartbeat("busy beside a silent one") },
      { agent: "busy", server: busy, talk: heartbeat("busy") },
      { agent: "looking around", server: looking, talk: (server) => value(server.call("list_projects")) }
    ]
    await value(shared.call("create_project", planOf("p", lives.length)))
    await Promise.all(lives.map(({ server }) => server.ready))
    let isOver = false
    const told = (id: number) =>
      world.look((db) =>
        db
          .prepare<[number], { event_type: string; timestamp: string }>(
            "SELECT event_type, timestamp FROM agent_events WHERE step_id = ? AND event_type <> 'heartbeat' ORDER BY id"
          )
          .all(id)
          .map(({ event_type, timestamp }) => ({ event_type, at: Date.parse(timestamp) }))
      )
    const held = await Promise.all(
      lives.map(async ({ agent, server }, index) => {
        const step = await value(server.call("claim_step", { project: "p", agent_id: agent, step_num: index + 1 }))
        return { id: step.id as number, claimedAt: Date.parse(step.claimed_at) }
      })
    )
    const living = lives.map(async ({ server, talk }, index) => {
      while (!isOver) {
        await (talk?.(server, (held[index] as { id: number }).id) ?? server.ping())
        await sleep(deadline / 6)
      }
    })
    const isLost = (index: number) => told((held[index] as { id: number }).id).length > 1
    const silentOnes = lives.flatMap(({ talk }, index) => (talk === undefined ? [index] : []))
    await until("silent agents lose their steps", deadline + sweep + slack, () => silentOnes.every(isLost))
    // Longer than the deadline for the others, who must not lose theirs by then.
    await sleep(deadline / 2)
    isOver = true
    await Promise.all(living)

    const keptMs = lives.map(({ agent, talk }, index) => {
      const { claimedAt, id } = held[index] as { id: number; claimedAt: number }
      const [, lost] = told(id)
      if (talk !== undefined) {
        assert.equal(lost, undefined, `${agent} lost its step`)
        return undefined
      }
      assert.equal(lost?.event_type, "recovered")
      const kept = (lost?.at ?? 0) - claimedAt
      assert(kept >= deadline && kept <= deadline + sweep + slack, `${agent} kept its step for ${kept} ms`)
      return kept
    })
    world.check()
    return { keptMs: keptMs.filter((kept) => kept !== undefined).join(", ") }
  })
