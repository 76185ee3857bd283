import assert from "node:assert/strict"
import type { Answer } from "../support/client.ts"
import { type Random, seeded } from "../support/random.ts"
import type { ServerProcess } from "../support/server.ts"
import { inWorld, planOf, value } from "../support/world.ts"
import { type Edited, impossibleClaims, overlapsAtWork, type Told } from "./planWatch.ts"

/** No step changes unless somebody calls. */
const env = { HQ_SWEEP_EVERY: "0", HQ_STALE_AFTER: "1 hours", HQ_BUSY_TIMEOUT: "30 seconds" }

const agents = 5
const editors = 3
const steps = 24

const globs = ["src/api/**", "src/api/users.ts", "src/**/*.ts", "src/ui/**", "docs", "docs/*.md", "package.json"]

interface Round {
  readonly random: Random
  readonly project: string
  readonly told: Told
  /** Numbers for new steps; each is given once. */
  next: number
  /** Edits that were acknowledged and changed something, by the revision that they made. */
  readonly revisions: Set<number>
}

const filesFor = (random: Random): ReadonlyArray<string> => (random.chance(0.6) ? [random.pick(globs)] : [])

const timed = async (call: Promise<Answer>, refusals: ReadonlyArray<string>) => {
  const start = performance.now()
  const answer = await call
  const tag = answer.structured?.error?._tag
  assert(tag === undefined || refusals.includes(tag), answer.text)
  return { answer, start, end: performance.now() }
}

interface Held {
  readonly step_id: number
  readonly step_num: number
  readonly attempt: number
}

const claim = async ({ project, random, told }: Round, server: ServerProcess, agent_id: string, more: object = {}) => {
  const isOverlapAllowed = random.chance(0.05)
  const request = { project, agent_id, ...more, ...(isOverlapAllowed ? { allow_overlap: true } : {}) }
  const { answer, ...when } = await timed(server.call("claim_step", request), [
    "Conflict",
    "DependencyUnmet",
    "NotFound"
  ])
  if (!answer.value) return undefined
  const { attempt, files = [], id: step_id, step_num } = answer.value
  told.claims.push({ ...when, step_id, step_num, attempt, files, isOverlapAllowed })
  return { step_id, step_num, attempt }
}

const complete = async ({ told }: Round, server: ServerProcess, agent_id: string, held: Held) => {
  const { attempt, step_id, step_num } = held
  const by = { step_id, attempt, agent_id }
  await value(server.call("start_step", by))
  const start = performance.now()
  await value(server.call("complete_step", { ...by, commit_hash: `${step_id}-${attempt}` }))
  told.completions.push({ step_num, start, end: performance.now() })
}

/** Claims, mostly the next step, and ends what it has in one way or another. */
const work = async (round: Round, server: ServerProcess, agent_id: string, held: Array<Held>) => {
  const { random } = round
  if (held.length === 0 || random.chance(0.4)) {
    const named = random.chance(0.3) ? { step_num: random.int(1, round.next) } : {}
    const claimed = await claim(round, server, agent_id, named)
    if (claimed !== undefined) held.push(claimed)
    return
  }
  const [one] = held.splice(random.int(0, held.length - 1), 1) as [Held]
  const by = { step_id: one.step_id, attempt: one.attempt, agent_id }
  if (random.chance(0.5)) return complete(round, server, agent_id, one)
  if (random.chance(0.7)) await value(server.call("release_step", by))
  else {
    await value(server.call("fail_step", { ...by, reason: "r" }))
    // Unless an editor takes it out of the plan before.
    if (random.chance(0.7)) await timed(server.call("recover_failed_step", { step_id: one.step_id }), ["Conflict"])
  }
}

type Operation = Pick<Edited, "links" | "loosened"> & { readonly operation: object }

/** One operation that is likely to go well on a step that has not begun, and what it means to those who claim. */
const operationOn = (
  round: Round,
  num: number,
  waitsFor: ReadonlyArray<number>,
  others: ReadonlyArray<number>
): Operation => {
  const { random } = round
  const files = filesFor(random)
  const added = () => ({ step_num: round.next++, branch: "b", scope: "api", files: filesFor(random) })
  const links = (nums: ReadonlyArray<number>) => nums.map((needed) => [num, needed] as const)
  switch (random.pick(["block", "block", "wait", "wait", "follow", "drop", "split", "files"] as const)) {
    case "block": {
      const step = added()
      return { operation: { op: "add", ...step, needed_by: [num] }, links: links([step.step_num]), loosened: [] }
    }
    case "wait": {
      const depends_on = [...new Set([...waitsFor.filter(() => random.chance(0.8)), random.pick(others)])]
      return { operation: { op: "change", step_num: num, depends_on }, links: links(depends_on), loosened: [num] }
    }
    case "follow":
      return { operation: { op: "cancel", step_num: num, dependents: "follow" }, links: [], loosened: [] }
    case "drop":
      return { operation: { op: "cancel", step_num: num, dependents: "drop" }, links: [], loosened: [num] }
    case "split": {
      const [first, second] = [added(), added()]
      const into = [first, { ...second, depends_on: [first.step_num] }]
      const inner = [[second.step_num, first.step_num] as const]
      return { operation: { op: "split", step_num: num, into }, links: inner, loosened: [num] }
    }
    case "files":
      return { operation: { op: "change", step_num: num, files, priority: random.int(0, 3) }, links: [], loosened: [] }
  }
}

/** Edits the plan at a place where nobody had begun when it looked. */
const edit = async (round: Round, server: ServerProcess) => {
  const { project, random, revisions, told } = round
  const plan = await value(server.call("get_project", { name: project, limit: 1000 }))
  const nums = (...statuses: ReadonlyArray<string>): ReadonlyArray<number> =>
    plan.steps
      .filter(({ status }: { status: string }) => statuses.includes(status))
      .map(({ step_num }: { step_num: number }) => step_num)
  const open = nums("not_started", "failed")
  const others = nums("not_started", "failed", "claimed", "in_progress")
  if (open.length === 0) return
  const made = Array.from({ length: random.int(1, 2) }, () => {
    const num = random.pick(open)
    const { depends_on } = plan.steps.find(({ step_num }: { step_num: number }) => step_num === num)
    return operationOn(round, num, depends_on, others)
  })
  const request = {
    project,
    operations: made.map(({ operation }) => operation),
    ...(random.chance(0.3) ? { expected_revision: plan.revision } : {})
  }
  const { answer, ...when } = await timed(server.call("update_plan", request), ["Conflict", "InvalidInput"])
  if (answer.isError) return
  const { added, cancelled, changed, revision } = answer.value
  told.edits.push({
    ...when,
    cancelled,
    links: made.flatMap(({ links }) => links),
    loosened: [...cancelled, ...made.flatMap(({ loosened }) => loosened)]
  })
  if (added + changed + cancelled.length === 0) return
  assert(!revisions.has(revision), `two edits made revision ${revision}`)
  revisions.add(revision)
}

/** Whoever is left finishes all that is not cancelled. */
const finish = async (round: Round, server: ServerProcess) => {
  for (;;) {
    const { steps } = await value(server.call("get_project", { name: round.project, limit: 1000 }))
    for (const { id, status } of steps) {
      if (status === "failed") await value(server.call("recover_failed_step", { step_id: id }))
    }
    const claimed = await claim(round, server, "the last")
    if (claimed === undefined) break
    await complete(round, server, "the last", claimed)
  }
  const { status, step_counts, revision } = await value(server.call("get_project", { name: round.project }))
  assert.equal(status, "completed", JSON.stringify(step_counts))
  assert.equal(revision, 1 + round.revisions.size)
}

/** Editors at the steps that agents are about to claim. */
export const editsAndClaims = ({ seed, rounds, calls }: { seed: number; rounds: number; calls: number }) =>
  inWorld(env, async (world) => {
    const random = seeded(seed)
    const servers = Array.from({ length: agents + editors }, () => world.start())
    const figures = { claims: 0, completions: 0, edits: 0, cancelled: 0 }
    for (let at = 0; at < rounds; at++) {
      const told: Told = { claims: [], edits: [], completions: [] }
      const round: Round = { random, project: `round-${at}`, told, next: steps + 1, revisions: new Set() }
      const plan = planOf(round.project, steps, (num) =>
        num > 4 && random.chance(0.5) ? [random.int(1, num - 1)] : []
      )
      const declared = plan.steps.map((step) => ({ ...step, files: filesFor(random) }))
      await value((servers[0] as ServerProcess).call("create_project", { ...plan, steps: declared }))
      await Promise.all(
        servers.map(async (server, who) => {
          const held: Array<Held> = []
          const agent = `agent-${who}`
          for (let made = 0; made < calls; made++) {
            await (who < editors ? edit(round, server) : work(round, server, agent, held))
          }
          for (const one of held) await complete(round, server, agent, one)
        })
      )
      await finish(round, servers[0] as ServerProcess)
      assert.deepEqual(impossibleClaims(told), [])
      assert.deepEqual(
        world.look((db) => overlapsAtWork(db, round.project, told)),
        []
      )
      figures.claims += told.claims.length
      figures.completions += told.completions.length
      figures.edits += told.edits.length
      figures.cancelled += told.edits.flatMap(({ cancelled }) => cancelled).length
    }
    world.check()
    return figures
  })
