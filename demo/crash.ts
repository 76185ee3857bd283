import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { Step } from "../src/index.ts"
import { type Agent, kill } from "./agent.ts"
import type { Screen } from "./screen.ts"
import type { Hq } from "./server.ts"

/** The crash comes after this number of completed steps. */
const completedBefore = 10

/** Milliseconds of work that the victim must have left, because it should die in the middle of a step. */
const minimumLeft = 500

export interface Crash {
  readonly victim: string
  /** The step as it was when the victim held it. */
  readonly step: Step
}

/** Returns the agent with most work left, once enough steps are completed. */
const pickVictim = (agents: ReadonlyArray<Agent>, now: number): Option.Option<{ agent: Agent; step: Step }> => {
  if (agents.reduce((sum, agent) => sum + agent.completed, 0) < completedBefore) return Option.none()
  const left = (agent: Agent) => (agent.work?.until ?? now) - now
  const busiest = agents.reduce((a, b) => (left(a) >= left(b) ? a : b))
  if (busiest.work === undefined || left(busiest) < minimumLeft) return Option.none()
  return Option.some({ agent: busiest, step: busiest.work.step })
}

/** Polls the step ten times a second until the condition holds. */
const pollStep = (hq: Hq, id: Step["id"], until: (step: Step) => boolean) =>
  hq.call<Step>("get_step", { step_id: id }).pipe(Effect.delay("100 millis"), Effect.repeat({ until }))

/** Kills an agent's process in the middle of a step and polls that step until another agent holds it. */
export const crash = (agents: ReadonlyArray<Agent>, operator: Hq, screen: Screen) =>
  Effect.gen(function* () {
    const { agent, step } = yield* Clock.currentTimeMillis.pipe(
      Effect.delay("20 millis"),
      Effect.flatMap((now) => pickVictim(agents, now)),
      Effect.eventually
    )
    yield* kill(agent)
    yield* screen.note(agent.name, `KILLED (SIGKILL) in the middle of ${step.branch}, attempt ${step.attempt}`)

    const isReleased = (seen: Step) => seen.status === "not_started" || seen.attempt > step.attempt
    yield* pollStep(operator, step.id, isReleased)
    yield* screen.note("hq", `sweep: the lease of ${agent.name} expired, ${step.branch} is ready again`)

    const taken = yield* pollStep(
      operator,
      step.id,
      (seen) => seen.attempt > step.attempt && seen.agent_id !== undefined
    )
    yield* screen.note(
      taken.agent_id as string,
      `took over ${step.branch} from ${agent.name}, attempt ${taken.attempt}`
    )
    return { victim: agent.name, step } satisfies Crash
  })
