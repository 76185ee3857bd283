import { createHash } from "node:crypto"
import * as Clock from "effect/Clock"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Random from "effect/Random"
import type { Claim, Step } from "../src/index.ts"
import { project } from "./plan.ts"
import type { Screen } from "./screen.ts"
import { connect, type Hq } from "./server.ts"

/** What an agent is at; only the agent itself writes it, and whoever kills it. */
export interface Agent {
  readonly name: string
  readonly death: Deferred.Deferred<void>
  hq?: Hq
  state: "starting" | "waiting" | "working" | "killed" | "finished"
  /** What it works on, while it does, and until when in milliseconds since 1970. */
  work?: { readonly step: Step; readonly until: number } | undefined
  completed: number
}

export const make = (name: string): Effect.Effect<Agent> =>
  Effect.map(Deferred.make<void>(), (death) => ({ name, death, state: "starting", completed: 0 }))

/** Shortest and longest work, and the wait for work, in milliseconds. Agents would wait as hq says, but the demo runs fast. */
const work = [800, 2400] as const
const wait = 250

/** What an agent at a real repository would have done. */
const results = ({ branch, scope }: Step, name: string) => {
  const title = branch.slice(branch.indexOf("-") + 1)
  return {
    commit_hash: createHash("sha1").update(`${name} ${branch}`).digest("hex").slice(0, 12),
    files_modified: [`src/${scope}/${title}.ts`, `src/${scope}/${title}.test.ts`]
  }
}

const workOn = (agent: Agent, hq: Hq, step: Step, screen: Screen) =>
  Effect.gen(function* () {
    yield* hq.call("start_step", { step_id: step.id, worktree: `../${project}-step${step.step_num}` })
    const time = yield* Random.nextIntBetween(...work)
    agent.work = { step, until: (yield* Clock.currentTimeMillis) + time }
    agent.state = "working"
    yield* Effect.sleep(time)
    agent.work = undefined
    yield* hq.call("complete_step", { step_id: step.id, ...results(step, agent.name) })
    agent.completed++
    yield* screen.completed(agent.name, step.branch)
  }).pipe(
    // Only where this machine stalls for longer than a lease: the step is somebody else's now.
    Effect.catchIf(
      (error) => error.reason === "Conflict",
      () => screen.note(agent.name, `lost ${step.branch}`)
    )
  )

const untilAllDone = (agent: Agent, hq: Hq, screen: Screen) =>
  Effect.gen(function* () {
    for (;;) {
      agent.state = "waiting"
      const claim = yield* hq.call<Claim>("claim_step", { project, agent_id: agent.name })
      if (claim.step !== null) yield* workOn(agent, hq, claim.step, screen)
      else if (claim.reason === "all_done") break
      else yield* Effect.sleep(wait)
    }
    agent.state = "finished"
  })

/** An agent's life: its own hq process, then step after step until all is done, or death. */
export const live = (agent: Agent, db: string, screen: Screen) =>
  Effect.scoped(
    Effect.gen(function* () {
      const hq = yield* connect(agent.name, db)
      agent.hq = hq
      yield* Effect.raceFirst(untilAllDone(agent, hq, screen), Deferred.await(agent.death))
    })
  )

/** Ends the agent's process as a crash does, and the agent with it. */
export const kill = (agent: Agent): Effect.Effect<void> =>
  Effect.suspend(() => {
    if (agent.hq !== undefined) process.kill(agent.hq.pid, "SIGKILL")
    agent.state = "killed"
    agent.work = undefined
    return Effect.asVoid(Deferred.succeed(agent.death, undefined))
  })
