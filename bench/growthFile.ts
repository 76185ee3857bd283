import Sqlite from "better-sqlite3"
import { latest } from "../src/layers/store/sqlite/Migrations.ts"
import { newFile } from "./disk.ts"
import { fileWith, plan } from "./world.ts"

/** Agents hold this many first steps of each project. A blocked step depends on the step this many before it. */
export const held = 100

/** The largest number of steps that a project may have. */
const largest = 10_000

/** The dependencies of each step: all steps that nobody holds are blocked, or every second one, or none. */
const plans = {
  blocked: (num: number) => (num > held ? [num - held] : []),
  half: (num: number) => (num > held && num % 2 === 0 ? [num - held] : []),
  none: () => []
}
export type State = keyof typeof plans
export const states = Object.keys(plans) as ReadonlyArray<State>

const day = 86_400_000

/**
 * Makes a file of this many steps and as many events, none old enough to be pruned. A third of the steps is in projects of each state.
 * Projects are as large as hq allows, so the number of projects grows too. hq stores the plans, so every count in the file is right.
 */
export const growthFile = async (size: number) => {
  const projects = Math.ceil(size / states.length / largest)
  const stepsEach = Math.ceil(size / states.length / projects)
  const file = newFile()
  for (let index = 0; index < projects; index++) {
    await fileWith(
      file,
      states.map((state) => plan(`${state}-${index}`, stepsEach, plans[state]))
    )
  }
  const db = new Sqlite(file)
  db.pragma("synchronous = OFF")
  const [now, tomorrow] = [new Date(), new Date(Date.now() + day)].map((date) => date.toISOString())
  db.prepare(
    `UPDATE steps SET status = 'in_progress', agent_id = 'agent-' || step_num, attempt = 1, claimed_at = @now, started_at = @now,
      last_heartbeat = @now, lease_expires_at = @tomorrow
    WHERE step_num <= ${held}`
  ).run({ now, tomorrow })
  db.prepare(
    `INSERT INTO agent_events (agent_id, project_id, step_id, event_type, timestamp, metadata, format)
    SELECT 'agent-' || (1 + id % 10), project_id, id, 'heartbeat', ?, '{"attempt":1}', ${latest} FROM steps`
  ).run(now)
  db.close()
  return {
    file,
    stepsEach,
    /** Returns a project of this state. Each round gets another one if there are enough, because read pages are cached. */
    projectOf: (state: State, round: number): string => `${state}-${round % projects}`
  }
}
