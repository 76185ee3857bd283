import assert from "node:assert/strict"
import { type Answer, Unanswered } from "../support/client.ts"
import { type Call, check } from "../support/linearizability.ts"
import { type PlanCall, planModel, type SeenPlan } from "../support/planModel.ts"
import { type Random, seeded } from "../support/random.ts"
import type { ServerProcess } from "../support/server.ts"
import { inWorld, planOf, sleep, value, type World } from "../support/world.ts"
import { type Edit, lostEdits } from "./editLedger.ts"
import { replacing } from "./replacing.ts"

/** Nothing happens in the plan but what editors do. */
const env = { HQ_SWEEP_EVERY: "0", HQ_BUSY_TIMEOUT: "30 seconds" }

interface Round {
  readonly world: World
  readonly random: Random
  readonly project: string
  readonly history: Array<Call<PlanCall, SeenPlan>>
  readonly edits: Array<Edit>
}

/** Makes the call and writes it down; without an answer it may have happened or not. */
const record = async (round: Round, op: PlanCall, call: Promise<Answer>, seen: (answer: Answer) => SeenPlan) => {
  const start = performance.now()
  try {
    const answer = await call
    round.history.push({ op, answer: seen(answer), start, end: performance.now() })
    return answer
  } catch (error) {
    if (error instanceof Unanswered) {
      round.history.push({ op, answer: undefined, start, end: Number.POSITIVE_INFINITY })
    }
    throw error
  }
}

interface Seen {
  readonly revision: number
  readonly steps: ReadonlyArray<{
    readonly step_num: number
    readonly branch: string
    readonly depends_on: ReadonlyArray<number>
  }>
}

const look = async (round: Round, server: ServerProcess): Promise<Seen> => {
  const call = server.call("get_project", { name: round.project, limit: 1000 })
  return value(
    record(round, { tool: "get_project" }, call, ({ value }) => ({
      isRefused: false,
      revision: value.revision,
      has: value.steps.flatMap(({ branch }: { branch: string }) =>
        branch.endsWith("/first") ? [branch.split("/")[0]] : []
      )
    }))
  )
}

/**
 * Reads the plan and writes it back with one thing more: two steps, one after the other, for which step 2 waits from now on, and
 * another priority of step 1. Whoever writes what it read must be sure that nobody has written meanwhile.
 */
const edit = async (round: Round, server: ServerProcess, id: string, nth: number): Promise<void> => {
  const { revision, steps } = await look(round, server)
  // An edit that does not say what it has read must not write that back.
  const isBlind = round.random.chance(0.2)
  // Numbers of its own: nothing but the revision keeps two edits apart.
  const first = 3 + 2 * round.edits.length
  const hub = steps.find(({ step_num }) => step_num === 2)?.depends_on ?? []
  const one: Edit = { id, priority: nth, isBlind, revision: undefined }
  round.edits.push(one)
  const added = { op: "add", scope: "api" }
  const operations = [
    { ...added, step_num: first, branch: `${id}/first`, ...(isBlind ? { needed_by: [2] } : {}) },
    { ...added, step_num: first + 1, branch: `${id}/second`, depends_on: [first] },
    ...(isBlind ? [] : [{ op: "change", step_num: 2, depends_on: [...hub, first] }]),
    { op: "change", step_num: 1, priority: nth }
  ]
  const expected = isBlind ? undefined : revision
  const input = { project: round.project, operations, ...(isBlind ? {} : { expected_revision: revision }) }
  const answer = await record(
    round,
    { tool: "update_plan", brings: id, expected },
    server.call("update_plan", input),
    ({ isError, value }) => ({ isRefused: isError, ...(isError ? {} : { revision: value.revision }) })
  )
  const tag = answer.structured?.error?._tag
  assert(tag === undefined || (tag === "Conflict" && !isBlind), answer.text)
  one.revision = answer.isError ? "refused" : answer.value.revision
}

/** Kills one server after the other at random moments, until told to end. */
const killing = async (random: Random, servers: ReadonlyArray<ServerProcess>, isOver: () => boolean) => {
  while (!isOver()) {
    await sleep(random.int(50, 500))
    random.pick(servers).signal("SIGKILL")
  }
}

const play = async (round: Round, servers: Array<ServerProcess>, edits: number, kills: boolean) => {
  const { project, random, world } = round
  await value((servers[0] as ServerProcess).call("create_project", planOf(project, 2)))
  await replacing(
    world,
    servers,
    edits,
    (server, at, made) => edit(round, server, `${at}-${made}`, 1 + at + made * servers.length),
    (isOver) => (kills ? killing(random, servers, isOver) : Promise.resolve())
  )
  if (!kills) return
  // Who was killed last may not have noticed yet.
  for (const server of servers) server.signal("SIGKILL")
  await Promise.all(servers.map((server) => server.ended))
  for (const at of servers.keys()) servers[at] = world.start()
}

/**
 * Several processes read a plan and write it back with something more, all at once: one edit wins each revision, the others are told;
 * what was acknowledged stays, and what a killed server left unanswered is there whole or not at all.
 */
export const editors = ({
  seed,
  rounds,
  servers: count,
  edits,
  kills
}: {
  readonly seed: number
  readonly rounds: number
  readonly servers: number
  readonly edits: number
  readonly kills: boolean
}) =>
  inWorld(env, async (world) => {
    const random = seeded(seed)
    const servers = Array.from({ length: count }, () => world.start())
    const figures = { edits: 0, refused: 0, unanswered: 0, done: 0 }
    for (let at = 0; at < rounds; at++) {
      const round: Round = { world, random, project: `round-${at}`, history: [], edits: [] }
      await play(round, servers, edits, kills)
      assert.deepEqual(
        world.look((db) => lostEdits(db, round.project, round.edits)),
        []
      )
      const verdict = check(planModel, round.history)
      assert(verdict.isLinearizable, `no order explains the history of ${round.project}: ${JSON.stringify(verdict)}`)
      figures.edits += round.edits.length
      figures.refused += round.edits.filter(({ revision }) => revision === "refused").length
      figures.unanswered += round.edits.filter(({ revision }) => revision === undefined).length
      figures.done += world.look((db) =>
        Number(db.prepare("SELECT revision - 1 FROM projects WHERE name = ?").pluck().get(round.project))
      )
    }
    world.check()
    return figures
  })
