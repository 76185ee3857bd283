import assert from "node:assert/strict"
import { Unanswered } from "../support/client.ts"
import { type Random, seeded } from "../support/random.ts"
import type { ServerProcess } from "../support/server.ts"
import { inWorld, planOf, sleep, value, type World } from "../support/world.ts"
import { claimsByAgent, isThere, Ledger } from "./ledger.ts"

const lease = 1000
const sweep = 500

/** How much later than lease and sweep allow a busy machine may be: it starts processes all the time. */
const slack = 4000

const env = {
  HQ_STALE_AFTER: `${lease} millis`,
  HQ_SWEEP_EVERY: `${sweep} millis`,
  HQ_HEARTBEAT_EVERY: "200 millis",
  HQ_BUSY_TIMEOUT: "30 seconds",
  HQ_MAX_ATTEMPTS: "1000"
}

interface Run {
  readonly world: World
  readonly random: Random
  readonly ledger: Ledger
  /** Projects that may still have work, the oldest first. */
  readonly open: Set<string>
}

const makePlan = async ({ random, ledger, open }: Run, server: ServerProcess): Promise<void> => {
  const steps = random.int(1, 25)
  const plan = planOf(ledger.nextProject(steps), steps, (num) => (num > 2 && random.chance(0.3) ? [num - 2] : []))
  await value(server.call("create_project", plan))
  ledger.created(plan.name)
  open.add(plan.name)
}

interface Agent {
  readonly id: string
  requests: number
  /** Its latest claim, and what it was answered. */
  last?: {
    readonly request: object & { readonly project: string }
    step?: { readonly id: number; readonly attempt: number }
  }
}

const newAgent = (id: string): Agent => ({ id, requests: 0 })

/**
 * Claims a step and does the work. Returns the answer of the claim.
 *
 * @param laziness how likely the agent leaves off: such a step comes back when the agent is killed
 */
const work = async (
  { random, ledger }: Run,
  server: ServerProcess,
  agent: Agent,
  which: { readonly project: string; readonly step_id?: number },
  laziness: number
) => {
  const request = { ...which, agent_id: agent.id, request_id: `${agent.id}-${++agent.requests}` }
  const last: Agent["last"] = { request }
  agent.last = last
  const answer = await server.call("claim_step", request)
  const step = answer.structured.step
  if (!step) return answer
  last.step = step
  const claim = { step_id: step.id, agent_id: agent.id, attempt: step.attempt }
  const written = { ...claim, project: which.project }
  ledger.acknowledged({ ...written, type: "claimed" })
  if (random.chance(laziness) || (await server.call("start_step", claim)).isError) return answer
  ledger.acknowledged({ ...written, type: "started" })
  const commit_hash = `${agent.id}-${claim.attempt}`
  if (random.chance(laziness) || (await server.call("complete_step", { ...claim, commit_hash })).isError) return answer
  ledger.acknowledged({ ...written, type: "completed", commit_hash })
  return answer
}

/** An agent that comes back does not know what became of its latest claim, and makes it again. */
const claimAgain = async ({ ledger }: Run, server: ServerProcess, agent: Agent): Promise<void> => {
  if (agent.last === undefined) return
  const { request, step } = agent.last
  let answer = await server.call("claim_step", request)
  // The killed server's session is believed to live for three renewals.
  while (answer.isError && answer.text.includes("through another live session")) {
    await sleep(50)
    answer = await server.call("claim_step", request)
  }
  const { isError, structured, text } = answer
  if (isError) return assert.match(text, /^Conflict: .* has ended/)
  if (structured.step === null) return assert.equal(step, undefined)
  const { id, attempt } = structured.step
  if (step !== undefined) assert.deepEqual({ id, attempt }, { id: step.id, attempt: step.attempt })
  ledger.acknowledged({ type: "claimed", project: request.project, step_id: id, agent_id: agent.id, attempt })
}

/** Works at the oldest plan that has a step to give. */
const workSomewhere = async (run: Run, server: ServerProcess, agent: Agent, laziness: number): Promise<void> => {
  for (const project of run.open) {
    const { structured } = await work(run, server, agent, { project }, laziness)
    if (structured.step) return
    if (structured.reason === "all_done") run.open.delete(project)
  }
  await sleep(20)
}

/** Takes over what the dead left, as soon as it is to be had. Returns how long each step kept it waiting, in milliseconds. */
const inherit = async (run: Run, server: ServerProcess, agent: Agent, waits: Array<number>): Promise<void> => {
  await server.ready
  const ready = performance.now()
  while (server.isAlive()) {
    for (const orphan of run.ledger.orphans) {
      const { project, step_id } = orphan
      const { isError, structured } = await work(run, server, agent, { project, step_id }, 0)
      const waited = performance.now() - Math.max(ready, orphan.since)
      const isHeldStill = isError && structured.error.holder?.agent_id === orphan.agent_id
      if (isHeldStill) assert(waited < lease + sweep + slack, `${JSON.stringify(orphan)} held after ${waited} ms`)
      else run.ledger.orphans.delete(orphan)
      if (!isError) waits.push(waited)
    }
    await sleep(20)
  }
}

/** A server that is killed at a random moment, mostly at work, sometimes while it starts. */
const mortal = (random: Random, server: ServerProcess, kill: () => void): ServerProcess => {
  const last = random.int(0, 15)
  let calls = 0
  if (last === 0) void sleep(random.int(0, 400)).then(kill)
  return {
    ...server,
    call: (tool, input) => {
      if (++calls === last) void sleep(random.int(0, 10)).then(kill)
      return server.call(tool, input)
    }
  }
}

const untilKilled = async (server: ServerProcess, body: () => Promise<void>): Promise<void> => {
  try {
    await body()
  } catch (error) {
    if (!(error instanceof Unanswered)) throw error
  }
  assert.equal(await server.ended, "SIGKILL", server.stderr())
}

/** Servers under load that are killed one after the other at random moments, now and then all of them at one blow. */
export const kill = ({ seed, kills, workers }: { seed: number; kills: number; workers: number }) =>
  inWorld(env, async (world) => {
    const run: Run = { world, random: seeded(seed), ledger: new Ledger(), open: new Set() }
    const { ledger, open, random } = run
    const alive = new Set<ServerProcess>()
    const waits: Array<number> = []
    let killed = 0
    let blackouts = 0
    const agents: Array<Agent> = []
    let isLight: Promise<void> = Promise.resolve()

    const check = () => {
      world.check()
      assert.deepEqual(world.look(ledger.lost), [])
      const claims = world.look(claimsByAgent)
      for (const { id, requests } of agents) assert((claims.get(id) ?? 0) <= requests, `${id} got a claim twice`)
    }

    /** With nobody left, the file is looked at as the killed left it, or as the next server to open it does. */
    const blackout = async () => {
      for (const server of alive) server.signal("SIGKILL")
      await Promise.all([...alive].map((server) => server.ended))
      if (random.chance(0.5)) {
        const next = world.start()
        await next.ready
        next.signal("SIGKILL")
      }
      if (ledger.size > 0) check()
      blackouts++
    }

    /** The lives of one agent, each in a server process of its own, until that is killed. */
    const live = async (
      lives: number,
      turn: (server: ServerProcess, agent: Agent) => Promise<void>,
      kill?: (server: ServerProcess) => void
    ) => {
      const agent = newAgent(`agent-${agents.length + 1}`)
      agents.push(agent)
      for (let life = 1; life <= lives; life++) {
        await isLight
        const started = world.start()
        alive.add(started)
        const server = kill === undefined ? started : mortal(random, started, () => kill(started))
        await untilKilled(server, async () => {
          if (life > 1) await claimAgain(run, server, agent)
          while (server.isAlive()) await turn(server, agent)
        })
        alive.delete(started)
      }
      const last = ledger.died(agent.id)
      if (last !== undefined)
        assert(
          world.look((db) => isThere(db, last)),
          `lost: ${JSON.stringify(last)}`
        )
    }

    const turn = (server: ServerProcess, agent: Agent) =>
      open.size === 0 || random.chance(0.05) ? makePlan(run, server) : workSomewhere(run, server, agent, 0.1)
    const fell = (server: ServerProcess) => {
      killed++
      if (random.chance(0.04)) isLight = isLight.then(blackout)
      server.signal("SIGKILL")
    }
    const slot = async () => {
      while (killed < kills) await live(random.chance(0.3) ? 2 : 1, turn, fell)
    }
    const slots = Promise.all(Array.from({ length: workers }, slot))
    let isOver = false
    const heir = async () => {
      while (!isOver) await live(1, (server, agent) => inherit(run, server, agent, waits))
    }
    const inherited = heir()
    await Promise.race([slots, inherited])
    await isLight

    // Who is left finishes all of the work, the dead agents' too; the heir goes on beside it.
    const last = world.start()
    const theLast = newAgent("the last")
    const since = performance.now()
    while (open.size > 0 || ledger.orphans.size > 0) {
      assert(performance.now() - since < 60_000, `not finished in time: ${[...open]}`)
      await workSomewhere(run, last, theLast, 0)
    }
    isOver = true
    for (const server of alive) server.signal("SIGKILL")
    await inherited
    check()
    const longestWaitMs = Math.round(Math.max(0, ...waits))
    assert(longestWaitMs <= lease + sweep + slack, `a dead agent's step waited ${longestWaitMs} ms for another`)
    return { kills: killed, blackouts, acknowledged: ledger.size, inherited: waits.length, longestWaitMs }
  })
