import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { Step } from "../src/index.ts"
import { type Agent, kill } from "./agent.ts"
import type { Screen } from "./screen.ts"
import type { Hq } from "./server.ts"

/** Number of completed steps at which it happens. */
const at = 10

/** How much work the victim has left at least, so that it dies in the middle of it; in milliseconds. */
const atLeast = 500

export interface Crash {
  readonly victim: string
  /** As the victim held it. */
  readonly step: Step
}

/** Whoever has most left to do, as soon as enough is done. */
const pickVictim = (agents: ReadonlyArray<Agent>, now: number): Option.Option<{ agent: Agent; step: Step }> => {
  if (agents.reduce((sum, agent) => sum + agent.completed, 0) < at) return Option.none()
  const left = (agent: Agent) => (agent.work?.until ?? now) - now
  const busiest = agents.reduce((a, b) => (left(a) >= left(b) ? a : b))
  if (busiest.work === undefined || left(busiest) < atLeast) return Option.none()
  return Option.some({ agent: busiest, step: busiest.work.step })
}

/** Looks at the step ten times a second until it is as wanted. */
const watch = (hq: Hq, id: Step["id"], until: (step: Step) => boolean) =>
  hq.call<Step>("get_step", { step_id: id }).pipe(Effect.delay("100 millis"), Effect.repeat({ until }))

/** Kills an agent's process in the middle of its work, and follows its step until another agent has it. */
export const crash = (agents: ReadonlyArray<Agent>, operator: Hq, screen: Screen) =>
  Effect.gen(function* () {
    const { agent, step } = yield* Clock.currentTimeMillis.pipe(
      Effect.delay("20 millis"),
      Effect.flatMap((now) => pickVictim(agents, now)),
      Effect.eventually
    )
    yield* kill(agent)
    yield* screen.note(agent.name, `KILLED (SIGKILL) in the middle of ${step.branch}, attempt ${step.attempt}`)

    const isBack = (seen: Step) => seen.status === "not_started" || seen.attempt > step.attempt
    yield* watch(operator, step.id, isBack)
    yield* screen.note("hq", `sweep: ${agent.name}'s lease ran out, ${step.branch} is back`)

    const taken = yield* watch(operator, step.id, (seen) => seen.attempt > step.attempt && seen.agent_id !== undefined)
    yield* screen.note(
      taken.agent_id as string,
      `took over ${step.branch} from ${agent.name}, attempt ${taken.attempt}`
    )
    return { victim: agent.name, step } satisfies Crash
  })
