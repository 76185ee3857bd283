import * as Effect from "effect/Effect"
import type { AgentEvent, Project, ProjectMetrics, Step } from "../src/index.ts"
import type { Crash } from "./crash.ts"
import { plan, project } from "./plan.ts"
import type { Hq } from "./server.ts"

export interface Summary {
  readonly lines: ReadonlyArray<string>
  /** Whether every step was completed exactly once, the killed agent's step by another agent. */
  readonly isGood: boolean
}

const allEvents = (hq: Hq) =>
  Effect.gen(function* () {
    const events: Array<AgentEvent> = []
    let cursor: string | undefined
    do {
      const page = yield* hq.call<{ events: ReadonlyArray<AgentEvent>; next_cursor?: string }>("get_agent_events", {
        project,
        limit: 1000,
        ...(cursor === undefined ? {} : { cursor })
      })
      events.push(...page.events)
      cursor = page.next_cursor
    } while (cursor !== undefined)
    return events
  })

/** Counts the events of a type by key. */
const count = <Key>(events: ReadonlyArray<AgentEvent>, type: AgentEvent["event_type"], key: (e: AgentEvent) => Key) => {
  const counts = new Map<Key, number>()
  for (const event of events) {
    if (event.event_type === type) counts.set(key(event), (counts.get(key(event)) ?? 0) + 1)
  }
  return counts
}

const list = (counts: Iterable<readonly [string, number]>): string =>
  [...counts].map(([name, n]) => `${name} ${n}`).join(", ")

/** Summarizes what hq has stored. Nothing here comes from the agents. */
export const summarize = (hq: Hq, { step, victim }: Crash, seconds: number) =>
  Effect.gen(function* () {
    const { steps } = yield* hq.call<Project & { steps: ReadonlyArray<Step> }>("get_project", {
      name: project,
      limit: 1000
    })
    const metrics = yield* hq.call<ProjectMetrics>("get_metrics", { project })
    const events = yield* allEvents(hq)

    const claims = [...count(events, "claimed", (event) => event.agent_id)].sort(([a], [b]) => a.localeCompare(b))
    const completions = count(events, "completed", (event) => event.step_id)
    const completed = steps.filter(({ status }) => status === "completed").length
    const twice = [...completions.values()].filter((n) => n > 1).length
    const saved = steps.find(({ id }) => id === step.id)
    const total = plan.steps.length
    return {
      lines: [
        `steps       ${completed}/${total} completed by ${claims.length} agents in ${seconds.toFixed(1)}s`,
        `done twice  ${twice}`,
        `killed      ${victim}, on ${step.branch}: completed by ${saved?.agent_id}, attempt ${saved?.attempt}`,
        `claims      ${list(claims.slice(0, 6))}`,
        `            ${list(claims.slice(6))}`,
        `scopes      ${list(Object.entries(metrics.scopes))}`,
        `metrics     ${metrics.completed} completed, ${metrics.failed} failed, ${((metrics.avg_time_hours ?? 0) * 3600).toFixed(1)}s a step on average`
      ],
      isGood:
        completed === total &&
        metrics.completed === total &&
        completions.size === total &&
        twice === 0 &&
        saved !== undefined &&
        saved.attempt > step.attempt &&
        saved.agent_id !== victim
    } satisfies Summary
  })
