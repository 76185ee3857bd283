import assert from "node:assert/strict"
import { seeded } from "../support/random.ts"
import { inWorld, planOf, refusal, stopBetweenWrites, until, value } from "../support/world.ts"

const env = { HQ_STALE_AFTER: "1 seconds", HQ_SWEEP_EVERY: "200 millis", HQ_HEARTBEAT_EVERY: "200 millis" }

const writes: Readonly<Record<string, object>> = {
  start_step: {},
  heartbeat: {},
  complete_step: { commit_hash: "of the zombie" },
  fail_step: { reason: "of the zombie" },
  release_step: { reason: "of the zombie" }
}

/** What the zombie says of itself. */
const identities: ReadonlyArray<(agent_id: string, attempt: number) => object> = [
  (agent_id, attempt) => ({ agent_id, attempt }),
  (agent_id) => ({ agent_id }),
  () => ({})
]

/**
 * A server process is stopped for longer than its leases, its steps are swept and claimed through another one, and it goes on:
 * each of its writes is refused, whatever it says of itself, and names the new holder.
 *
 * @param holder who claims the steps then; "zombie" is another process of an agent that goes by the same name
 */
export const zombie = ({ seed, holder }: { seed: number; holder: string }) =>
  inWorld(env, async (world) => {
    const random = seeded(seed)
    const old = world.start()
    // Its own claims must not end while the zombie's writes are made: they are many, and the machine may be slow.
    const other = world.start({ HQ_STALE_AFTER: "1 minutes" })
    const cases = Object.keys(writes).flatMap((tool) => identities.map((identity) => ({ tool, identity })))
    await value(other.call("create_project", planOf("p", cases.length)))
    const claimed: Array<{ tool: string; input: { step_id: number } }> = []
    for (const { tool, identity } of cases) {
      const { id, attempt } = await value(old.call("claim_step", { project: "p", agent_id: "zombie" }))
      if (random.chance(0.5)) await value(old.call("start_step", { step_id: id }))
      claimed.push({ tool, input: { step_id: id, ...identity("zombie", attempt), ...writes[tool] } })
    }

    await stopBetweenWrites(world, old)
    const held = () => world.look((db) => db.prepare("SELECT 1 FROM steps WHERE status <> 'not_started'").all().length)
    await until("every lease is swept", 10_000, () => held() === 0)
    for (const { input } of claimed) {
      await value(other.call("claim_step", { project: "p", agent_id: holder, step_id: input.step_id }))
    }

    // Some of its calls lie in wait in its input when it goes on, others come when it has found out by itself.
    const write = ({ input, tool }: (typeof claimed)[number]) => refusal(old.call(tool, input), "Conflict")
    const waiting = claimed.filter(() => random.chance(0.5))
    const refused = waiting.map(write)
    old.signal("SIGCONT")
    const later = claimed.filter((one) => !waiting.includes(one))
    for (const error of [...(await Promise.all(refused)), ...(await Promise.all(later.map(write)))]) {
      assert.deepEqual(error.holder, { agent_id: holder, attempt: 2 })
      assert.match(error.message, new RegExp(`held by agent "${holder}" in attempt 2`))
    }

    for (const { input } of claimed) {
      await value(other.call("start_step", { step_id: input.step_id }))
      await value(other.call("complete_step", { step_id: input.step_id, commit_hash: "of the holder" }))
    }
    world.check()
    return { writesRefused: claimed.length }
  })
