import assert from "node:assert/strict"
import Sqlite from "better-sqlite3"
import * as Effect from "effect/Effect"
import { StepId } from "../src/domain/Ids.ts"
import { Analytics } from "../src/services/Analytics.ts"
import { Projects } from "../src/services/Projects.ts"
import { Recovery } from "../src/services/Recovery.ts"
import { Steps } from "../src/services/Steps.ts"
import { growthFile, held, type State, states } from "./growthFile.ts"
import { interleaved, median, micros } from "./measure.ts"
import type { Figure } from "./results.ts"
import { agent, open, project, timedIn } from "./world.ts"

const sizes = [1000, 10_000, 100_000, 1_000_000]
const rounds = 7

/** Claims and completions in each round. The smallest file has enough steps for all rounds. */
const writes = Math.floor(held / (rounds + 1))
const reads = 10
const emptyClaims = 200

/** Expired leases that a sweep finds. */
const expired = 20

/** Measures one call in one round and returns its time in microseconds. */
type Measure = (round: number) => Promise<number>

const nameOfState: Readonly<Record<State, string>> = {
  blocked: "all blocked",
  half: "half blocked",
  none: "none blocked"
}

/** Opens a file and returns what is measured on it. Calls that change the projects come last. */
const openFile = async (size: number) => {
  const { file, projectOf, stepsEach } = await growthFile(size)
  const hq = open(file, "FULL")
  const services = await hq.runPromise(Effect.all({ Analytics, Projects, Recovery, Steps }))
  const { Analytics: analytics, Projects: projects, Recovery: recovery, Steps: steps } = services
  const db = new Sqlite(file, { timeout: 10_000 })
  const idOf = db.prepare(
    "SELECT id FROM steps WHERE step_num = ? AND project_id = (SELECT id FROM projects WHERE name = ?)"
  )
  const expire = db.prepare(`
    UPDATE steps SET status = 'claimed', agent_id = 'gone', attempt = attempt + 1, claimed_at = @past, last_heartbeat = @past,
      lease_expires_at = @past, lost_attempts = 0
    WHERE step_num > @after AND project_id = (SELECT id FROM projects WHERE name = @name)`)

  const times =
    (count: number, call: (round: number, index: number) => Effect.Effect<unknown, unknown>): Measure =>
    async (round) =>
      median(await timedIn(hq, count, (index) => call(round, index)))
  const projectIn = (state: State, round: number) => project(projectOf(state, round))
  const claim = (state: State) => (round: number, index: number) =>
    steps.claim({ project: projectIn(state, round), agent_id: agent(`claimer-${round}-${index}`) })
  const eachState = (what: string, of: ReadonlyArray<State>, measure: (state: State) => Measure) =>
    Object.fromEntries(of.map((state) => [`${what}, ${nameOfState[state]}`, measure(state)]))

  const measures: Readonly<Record<string, Measure>> = {
    "empty claim, all blocked": times(emptyClaims, claim("blocked")),
    ...eachState("get_project", states, (state) =>
      times(reads, (round) => projects.get({ name: projectIn(state, round) }))
    ),
    ...eachState("get_available_steps of a project", states, (state) =>
      times(reads, (round) => steps.available({ project: projectIn(state, round) }))
    ),
    "get_available_steps of all": times(reads, () => steps.available({})),
    list_projects: times(reads, () => projects.list({ limit: 3 })),
    "explain_step, blocked": times(reads, (round) =>
      analytics.explainStep({ step_id: StepId.make(idOf.pluck().get(held + 1, projectOf("blocked", round)) as number) })
    ),
    "get_metrics of a project": times(reads, (round) => analytics.metrics({ project: projectIn("half", round) })),
    "get_metrics of all": times(reads, () => analytics.metrics({})),
    "get_agent_events of all": times(reads, () => analytics.events({})),
    "get_agent_events of an agent": times(reads, () => analytics.events({ agent_id: agent("agent-1") })),
    "sweep that finds nothing": times(reads, () => recovery.sweep()),
    ...eachState("claim", ["half", "none"], (state) => times(writes, claim(state))),
    ...eachState("complete", states, (state) => async (round) => {
      const ids = Array.from({ length: writes }, (_, index) => round * writes + index + 1).map((num) => ({
        step_id: StepId.make(idOf.pluck().get(num, projectOf(state, round)) as number),
        agent_id: agent(`agent-${num}`)
      }))
      const complete = (index: number) =>
        steps.complete({ ...(ids[index] as (typeof ids)[number]), commit_hash: "def456" })
      return median(await timedIn(hq, writes, complete))
    }),
    [`sweep of ${expired} expired leases`]: async (round) => {
      expire.run({ past: "2020-01-01T00:00:00.000Z", after: stepsEach - expired, name: projectOf("none", round) })
      const since = micros()
      assert.equal((await hq.runPromise(recovery.sweep())).recovered, expired)
      return micros() - since
    }
  }
  return {
    measures,
    close: async () => {
      db.close()
      await hq.dispose()
    }
  }
}

/** (f) The same calls, in turns, on files of 1,000 to 1,000,000 steps and as many events. All files are open at once. */
export const growth = async (): Promise<ReadonlyArray<Figure>> => {
  const files = new Map<number, Awaited<ReturnType<typeof openFile>>>()
  for (const size of sizes) files.set(size, await openFile(size))
  const figures: Array<Figure> = []
  for (const what of Object.keys(files.get(1000)?.measures ?? {})) {
    const cases = [...files].map(([size, { measures }]) => {
      const measure = measures[what] as Measure
      return [size, async (round: number) => ({ micros: await measure(round) })] as const
    })
    const results = await interleaved(rounds, Object.fromEntries(cases))
    const at = (size: number) => results[size]?.micros as number
    figures.push({
      what,
      unit: "µs",
      hq: at(1_000_000),
      against: ["at 1,000 steps", at(1000)],
      target: { atMost: what.startsWith("empty claim") ? 1.1 : 1.5 },
      details: Object.fromEntries(sizes.map((size) => [`at_${size}`, at(size)]))
    })
  }
  for (const { close } of files.values()) await close()
  return figures
}
