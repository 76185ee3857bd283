import { createHash } from "node:crypto"
import * as Clock from "effect/Clock"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Random from "effect/Random"
import type { Claim, Step } from "../src/index.ts"
import type { Agent } from "./agent.ts"
import { project } from "./plan.ts"
import type { Screen } from "./screen.ts"
import { connect, type Hq } from "./server.ts"

/** Shortest and longest time for a step, in milliseconds. */
const workTime = [800, 2400] as const
/** Milliseconds between two claims without a step: shorter than the wait that hq suggests, because the demo runs fast. */
const pollInterval = 250

/** Invents the results that an agent in a real repository would report. */
const resultsOf = ({ branch, scope }: Step, name: string) => {
  const title = branch.slice(branch.indexOf("-") + 1)
  return {
    commit_hash: createHash("sha1").update(`${name} ${branch}`).digest("hex").slice(0, 12),
    files_modified: [`src/${scope}/${title}.ts`, `src/${scope}/${title}.test.ts`]
  }
}

const workOn = (agent: Agent, hq: Hq, step: Step, screen: Screen) =>
  Effect.gen(function* () {
    yield* hq.call("start_step", { step_id: step.id, worktree: `../${project}-step${step.step_num}` })
    const time = yield* Random.nextIntBetween(...workTime)
    agent.work = { step, until: (yield* Clock.currentTimeMillis) + time }
    agent.state = "working"
    yield* Effect.sleep(time)
    agent.work = undefined
    yield* hq.call("complete_step", { step_id: step.id, ...resultsOf(step, agent.name) })
    agent.completed++
    yield* screen.completed(agent.name, step.branch)
  }).pipe(
    // Another agent holds the step now. This happens only if the machine stalls for longer than a lease.
    Effect.catchIf(
      (error) => error.reason === "Conflict",
      () => screen.note(agent.name, `lost ${step.branch}`)
    )
  )

const workUntilAllDone = (agent: Agent, hq: Hq, screen: Screen) =>
  Effect.gen(function* () {
    for (;;) {
      agent.state = "waiting"
      const claim = yield* hq.call<Claim>("claim_step", { project, agent_id: agent.name })
      if (claim.step !== null) yield* workOn(agent, hq, claim.step, screen)
      else if (claim.reason === "all_done") break
      else yield* Effect.sleep(pollInterval)
    }
    agent.state = "finished"
  })

/** Starts an hq process for the agent and does one step after another until all are done or the agent is killed. */
export const live = (agent: Agent, db: string, screen: Screen) =>
  Effect.scoped(
    Effect.gen(function* () {
      const hq = yield* connect(agent.name, db)
      agent.hq = hq
      yield* Effect.raceFirst(workUntilAllDone(agent, hq, screen), Deferred.await(agent.death))
    })
  )
