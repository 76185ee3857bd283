import Sqlite from "better-sqlite3"
import { newFile } from "./disk.ts"
import { fileWith, plan } from "./world.ts"

/** Steps at the front of each project that agents hold; each other step that is blocked waits for the one so many before it. */
export const held = 100

/** Most steps that hq takes in a project. */
const largest = 10_000

/** What part of a project waits: all steps that nobody holds, every second one, or none. */
const plans = {
  blocked: (num: number) => (num > held ? [num - held] : []),
  half: (num: number) => (num > held && num % 2 === 0 ? [num - held] : []),
  none: () => []
}
export type State = keyof typeof plans
export const states = Object.keys(plans) as ReadonlyArray<State>

const day = 86_400_000

/**
 * A file of that many steps: a third of them in projects that are all blocked, half blocked and not blocked at all, each project
 * as large as hq takes it, so that the number of projects grows, too. Stored through hq itself, so that every count in it is
 * hq's own; and as many events as steps, none of them old enough to be pruned.
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
    `INSERT INTO agent_events (agent_id, project_id, step_id, event_type, timestamp, metadata)
    SELECT 'agent-' || (1 + id % 10), project_id, id, 'heartbeat', ?, '{"attempt":1}' FROM steps`
  ).run(now)
  db.close()
  return {
    file,
    stepsEach,
    /** A project of that state, another one in each round as long as there are more: what was read before is not read again. */
    projectOf: (state: State, round: number): string => `${state}-${round % projects}`
  }
}
