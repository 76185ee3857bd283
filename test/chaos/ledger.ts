import type { Database } from "better-sqlite3"

/** A write that a server acknowledged. */
export interface Acknowledged {
  readonly type: "claimed" | "started" | "completed"
  readonly project: string
  readonly step_id: number
  readonly agent_id: string
  readonly attempt: number
  readonly commit_hash?: string
}

/** A claim whose agent is dead. */
export interface Orphan extends Acknowledged {
  /** When that was noticed, by performance.now(). */
  readonly since: number
}

const keyOf = (type: string, step: number, agent: string, attempt: number) => `${type} ${step} ${agent} ${attempt}`

export const isThere = (db: Database, { agent_id, attempt, step_id, type }: Acknowledged): boolean =>
  db
    .prepare(
      "SELECT 1 FROM agent_events WHERE step_id = ? AND event_type = ? AND agent_id = ? AND metadata ->> 'attempt' = ?"
    )
    .get(step_id, type, agent_id, attempt) !== undefined

export const claimsByAgent = (db: Database): ReadonlyMap<string, number> =>
  new Map(
    db
      .prepare<[], { agent: string; claims: number }>(
        "SELECT agent_id AS agent, count(*) AS claims FROM agent_events WHERE event_type = 'claimed' GROUP BY agent_id"
      )
      .all()
      .map(({ agent, claims }) => [agent, claims])
  )

/** What the servers acknowledged, written down outside of them, to be compared with what the file has. */
export class Ledger {
  readonly #writes: Array<Acknowledged> = []
  readonly #plans = new Map<string, { readonly steps: number; isCreated: boolean }>()
  readonly orphans = new Set<Orphan>()

  /** Name for a plan of that many steps, which somebody is about to create. */
  readonly nextProject = (steps: number): string => {
    const name = `project-${this.#plans.size + 1}`
    this.#plans.set(name, { steps, isCreated: false })
    return name
  }

  readonly created = (name: string): void => {
    const plan = this.#plans.get(name)
    if (plan !== undefined) plan.isCreated = true
  }

  readonly acknowledged = (write: Acknowledged): void => void this.#writes.push(write)

  /** The agent is dead: what it holds, as far as it was acknowledged, is for others. Returns its last acknowledged write. */
  readonly died = (agent: string): Acknowledged | undefined => {
    const own = this.#writes.filter(({ agent_id }) => agent_id === agent)
    const completed = new Set(own.flatMap(({ step_id, type }) => (type === "completed" ? [step_id] : [])))
    for (const write of own) {
      if (write.type === "claimed" && !completed.has(write.step_id))
        this.orphans.add({ ...write, since: performance.now() })
    }
    return own.at(-1)
  }

  get size(): number {
    return this.#writes.length + [...this.#plans.values()].filter((plan) => plan.isCreated).length
  }

  /** Acknowledged writes that the file does not have, and plans of which it has but a part. */
  readonly lost = (db: Database): ReadonlyArray<unknown> => {
    const events = db
      .prepare<[], { type: string; step: number; agent: string; attempt: number }>(
        `SELECT event_type AS type, step_id AS step, agent_id AS agent, metadata ->> 'attempt' AS attempt FROM agent_events`
      )
      .all()
    const told = new Set(events.map(({ agent, attempt, step, type }) => keyOf(type, step, agent, attempt)))
    const completed = db
      .prepare<[], { id: number; last_commit: string }>("SELECT id, last_commit FROM steps WHERE status = 'completed'")
      .all()
    const commits = new Map(completed.map(({ id, last_commit }) => [id, last_commit]))
    const writes = this.#writes.filter(
      ({ agent_id, attempt, commit_hash, step_id, type }) =>
        !told.has(keyOf(type, step_id, agent_id, attempt)) ||
        (commit_hash !== undefined && commits.get(step_id) !== commit_hash)
    )
    const projects = db
      .prepare<[], { name: string; steps: number }>(
        "SELECT name, (SELECT count(*) FROM steps WHERE project_id = p.id) AS steps FROM projects p"
      )
      .all()
    const found = new Map(projects.map(({ name, steps }) => [name, steps]))
    const plans = [...this.#plans].filter(([name, { isCreated, steps }]) =>
      found.has(name) ? found.get(name) !== steps : isCreated
    )
    return [...writes, ...plans]
  }
}
