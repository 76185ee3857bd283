import assert from "node:assert/strict"
import { type Answer, Unanswered } from "../support/client.ts"
import { type Call, check } from "../support/linearizability.ts"
import { type Random, seeded } from "../support/random.ts"
import type { ServerProcess } from "../support/server.ts"
import { type Seen, type StepOp, seenIn, stepModel } from "../support/stepModel.ts"
import { inWorld, planOf, sleep, value, type World } from "../support/world.ts"
import { replacing } from "./replacing.ts"

const processes = 8
const names = processes / 2
const steps = 3

/** No step changes unless somebody calls: no sweeps, and no lease ends within the test. */
const env = { HQ_SWEEP_EVERY: "0", HQ_STALE_AFTER: "1 hours", HQ_BUSY_TIMEOUT: "30 seconds" }

type Histories = ReadonlyArray<Array<Call<StepOp, Seen>>>
/** What a call has to do with the step of that index, and what it was told of it. */
type Entry = readonly [index: number, op: StepOp, seen: Seen | undefined]
type Claimed = { readonly index: number; readonly attempt: number }

interface Round {
  readonly project: string
  readonly ids: ReadonlyArray<number>
  /** One a step. */
  readonly histories: Histories
}

/** Makes the call, and writes it down in the histories of the steps that it may have been about. */
const record = async (
  round: Round,
  call: () => Promise<Answer>,
  seen: (answer: Answer | undefined) => ReadonlyArray<Entry>
): Promise<Answer> => {
  const start = performance.now()
  const write = (answer: Answer | undefined, end: number) => {
    for (const [index, op, about] of seen(answer)) round.histories[index]?.push({ op, answer: about, start, end })
  }
  try {
    const answer = await call()
    const tag = answer.structured?.error?._tag
    assert(tag === undefined || tag === "Conflict", answer.text)
    write(answer, performance.now())
    return answer
  } catch (error) {
    if (error instanceof Unanswered) write(undefined, Number.POSITIVE_INFINITY)
    throw error
  }
}

/** The next ready step of the project: those before it were not ready, and where there is none, none was. */
const claimNext = (round: Round, server: ServerProcess, agent: string) =>
  record(
    round,
    () => server.call("claim_step", { project: round.project, agent_id: agent }),
    (answer) =>
      round.ids.flatMap((id, index): ReadonlyArray<Entry> => {
        const claim: StepOp = { tool: "claim_step", agent }
        if (answer === undefined) return [[index, claim, undefined]]
        if (answer.value?.id === id) return [[index, claim, seenIn(answer)]]
        const isBehind = answer.value !== null && index + 1 > answer.value.step_num
        return isBehind ? [] : [[index, { tool: "passed over" }, { isRefused: false }]]
      })
  )

const about = (round: Round, server: ServerProcess, index: number, op: StepOp, input: object) =>
  record(
    round,
    () => server.call(op.tool, input),
    (answer) => [[index, op, answer && seenIn(answer, op.tool)]]
  )

/** Edits the plan: mostly in a way that touches nobody who has not begun, sometimes the step is cancelled. */
const edit = (random: Random, round: Round, server: ServerProcess, index: number) => {
  const change = random.chance(0.8) ? ("change" as const) : ("cancel" as const)
  const operation = {
    op: change,
    step_num: index + 1,
    ...(change === "change" ? { branch: `b${random.int(1, 9)}` } : {})
  }
  const input = { project: round.project, operations: [operation] }
  return about(round, server, index, { tool: "update_plan", edit: change }, input)
}

/** One call, chosen at random: of the agent's latest claim mostly, but also of claims that it lost long ago. */
const act = async (random: Random, round: Round, server: ServerProcess, agent: string, claims: Array<Claimed>) => {
  const index = random.int(0, steps - 1)
  const step_id = round.ids[index] as number
  const dice = random.next()
  if (dice < 0.35 || claims.length === 0) {
    const isNext = random.chance(0.5)
    const answer = isNext
      ? await claimNext(round, server, agent)
      : await about(
          round,
          server,
          index,
          { tool: "claim_step", agent },
          { project: round.project, agent_id: agent, step_num: index + 1 }
        )
    const claimed = answer.value
    if (claimed) claims.push({ index: claimed.step_num - 1, attempt: claimed.attempt })
  } else if (dice < 0.8) {
    const claim = random.chance(0.8) ? (claims.at(-1) as Claimed) : random.pick(claims)
    const tool = random.pick(["start_step", "start_step", "complete_step", "fail_step", "release_step"] as const)
    const { attempt } = claim
    // Content that is the same each time, so that a repeated call is a repeated call.
    const content = {
      complete_step: { commit_hash: `${agent}-${attempt}` },
      fail_step: { reason: `${agent}-${attempt}` }
    }
    const more = tool === "complete_step" || tool === "fail_step" ? content[tool] : {}
    const input = { step_id: round.ids[claim.index], agent_id: agent, attempt, ...more }
    await about(round, server, claim.index, { tool, agent, attempt }, input)
  } else if (dice < 0.85) await edit(random, round, server, index)
  else {
    const tool = random.pick(["recover_step", "recover_failed_step", "get_step"] as const)
    await about(round, server, index, { tool }, { step_id, ...(tool === "recover_step" ? { force: true } : {}) })
  }
}

/** Kills or stops one of the servers for a moment, again and again, until told to end. */
const disturb = async (random: Random, servers: ReadonlyArray<ServerProcess>, isOver: () => boolean) => {
  while (!isOver()) {
    await sleep(random.int(20, 150))
    const victim = random.pick(servers)
    if (random.chance(0.04)) {
      victim.signal("SIGKILL")
      // Else it could pass for alive after the last call of the round.
      await victim.ended
    } else {
      victim.signal("SIGSTOP")
      await sleep(random.int(1, 40))
      victim.signal("SIGCONT")
    }
  }
}

const play = async (world: World, random: Random, servers: Array<ServerProcess>, name: string, calls: number) => {
  const [first] = servers as [ServerProcess]
  await value(first.call("create_project", planOf(name, steps)))
  const { steps: planned } = await value(first.call("get_project", { name }))
  const ids = planned.map((step: { id: number }) => step.id)
  const round: Round = { project: name, ids, histories: ids.map(() => []) }
  // Two sessions under each name, which know each other's attempts: claims move from one to the other.
  const claims: ReadonlyArray<Array<Claimed>> = Array.from({ length: names }, () => [])
  await replacing(
    world,
    servers,
    calls,
    (server, at) => act(random, round, server, `agent-${at % names}`, claims[at % names] as Array<Claimed>),
    (isOver) => disturb(random, servers, isOver)
  )
  await Promise.all(
    servers.map(async (server, at) => {
      if (!server.isAlive()) servers[at] = world.start()
      else server.signal("SIGCONT")
    })
  )
  return round
}

/** Eight real processes of four agents' names at the same three steps: whatever they were answered, some order of their calls explains it. */
export const linearizability = ({ seed, rounds, calls }: { seed: number; rounds: number; calls: number }) =>
  inWorld(env, async (world) => {
    const random = seeded(seed)
    const servers = Array.from({ length: processes }, () => world.start())
    const figures = { calls: 0, refused: 0, unanswered: 0, attempts: 0 }
    for (let at = 0; at < rounds; at++) {
      const { histories } = await play(world, random, servers, `round-${at}`, calls)
      for (const history of histories) {
        const verdict = check(stepModel, history)
        if (!verdict.isLinearizable) {
          const { order, state, stuck } = verdict
          const after = { placed: order.length, latest: order.slice(-10), state, stuck }
          assert.fail(`no order explains the history of a step of ${history.length} calls: ${JSON.stringify(after)}`)
        }
        figures.calls += history.length
        figures.refused += history.filter(({ answer }) => answer?.isRefused).length
        figures.unanswered += history.filter(({ answer }) => answer === undefined).length
        figures.attempts += Math.max(0, ...history.map(({ answer }) => answer?.attempt ?? 0))
      }
    }
    world.check()
    return figures
  })
