import * as fc from "fast-check"
import { lostNotes, type Model } from "./Model.ts"
import type { Real } from "./Real.ts"
import type { Outcome } from "./State.ts"

/** A call as it is made in the model's present state. */
export interface Play {
  readonly text: string
  readonly expected: Outcome
  readonly actual: (real: Real) => Promise<Outcome>
}

const iso = (millis: number | undefined) => (millis === undefined ? null : new Date(millis).toISOString())

interface Kept {
  readonly projects: ReadonlyArray<object>
  readonly steps: ReadonlyArray<object>
  readonly requests: ReadonlyArray<object>
  readonly sessions: ReadonlyArray<object>
  /** What each process takes for its own claims. */
  readonly held: ReadonlyArray<object>
}

const byStep = (a: { readonly step_id: number }, b: { readonly step_id: number }) => a.step_id - b.step_id

const stateOf = (model: Model): Kept => ({
  projects: [...model.projects.values()].map((project) => ({
    name: project.name,
    status: model.statusOf(project),
    priority: project.priority,
    unblock_on: project.unblockOn,
    revision: project.revision,
    has_ready: Number(model.hasReady(project))
  })),
  steps: [...model.steps.values()]
    .sort((a, b) => a.id - b.id)
    .map((step) => ({
      id: step.id,
      step_num: step.num,
      status: step.status,
      branch: step.branch,
      scope: step.scope,
      priority: step.priority,
      estimate_minutes: step.estimate ?? null,
      files: step.globs.length === 0 ? null : JSON.stringify(step.globs),
      dependencies: JSON.stringify(step.dependsOn.toSorted((a, b) => a - b)),
      tail_minutes: model.tailOf(step),
      merge_commit: step.mergeCommit ?? null,
      attempt: step.attempt,
      lost_attempts: step.lost,
      agent_id: step.agent ?? null,
      session: step.session ?? null,
      worktree: step.worktree ?? null,
      claimed_at: iso(step.claimedAt),
      started_at: iso(step.startedAt),
      completed_at: iso(step.completedAt),
      last_heartbeat: iso(step.heartbeat),
      lease_expires_at: iso(step.lease),
      last_commit: step.commit ?? null,
      files_modified: step.files === undefined ? null : JSON.stringify(step.files),
      notes: step.notes ?? null
    })),
  requests: [...model.requests]
    .map(([request, { step, attempt }]) => ({ request, step_id: step, attempt }))
    .sort((a, b) => (a.request < b.request ? -1 : 1)),
  sessions: model.sessions.flatMap(({ id, row, startedAt }) =>
    row === undefined
      ? []
      : [{ id, started_at: iso(startedAt), last_seen_at: iso(row.lastSeen), has_ended: Number(row.hasEnded) }]
  ),
  held: [0, 1].flatMap((process) =>
    model
      .memory(process)
      .held()
      .map(({ agent, attempt, progressAt, seen, step }) => ({
        process,
        step_id: step,
        agent_id: agent,
        attempt,
        progressAt,
        last_heartbeat: iso(seen)
      }))
      .sort(byStep)
  )
})

const stateIn = (real: Real): Kept => ({
  projects: real.all("SELECT name, status, priority, unblock_on, revision, has_ready FROM projects ORDER BY id"),
  steps: real.withSessions(
    "session",
    `
    SELECT id, step_num, status, branch, scope, priority, estimate_minutes, files, (
        SELECT json_group_array(depends_on_step_id) FROM (
          SELECT * FROM dependencies WHERE step_id = steps.id ORDER BY depends_on_step_id)) AS dependencies,
      tail_minutes, merge_commit, attempt, lost_attempts, agent_id, session_id AS session, worktree, claimed_at, started_at, completed_at, last_heartbeat,
      lease_expires_at, last_commit, files_modified,
      CASE WHEN notes LIKE '% attempts were lost, %' THEN '${lostNotes}' ELSE notes END AS notes FROM steps ORDER BY id`
  ),
  requests: real.all(
    "SELECT agent_id || ' ' || request_id AS request, step_id, attempt FROM claim_requests ORDER BY request"
  ),
  sessions: real
    .withSessions<{ readonly id: number }>(
      "id",
      "SELECT id, started_at, last_seen_at, ended_at IS NOT NULL AS has_ended FROM agent_sessions"
    )
    .toSorted((a, b) => a.id - b.id),
  held: [0, 1].flatMap((process) =>
    [...real.held(process)].sort(byStep).map((claim) => ({ process, ...claim, step_id: Number(claim.step_id) }))
  )
})

const differs = (name: string, expected: object | undefined, actual: object | undefined): ReadonlyArray<string> => {
  if (expected === undefined || actual === undefined) {
    return [`${name} is ${JSON.stringify(actual)}, expected ${JSON.stringify(expected)}`]
  }
  return Object.entries(expected).flatMap(([column, value]) => {
    const is = (actual as Record<string, unknown>)[column]
    return is === value ? [] : [`${name}.${column} is ${is}, expected ${value}`]
  })
}

/** What differs, a line for each. */
const differences = (model: Model, real: Real): ReadonlyArray<string> => {
  const [expected, actual] = [stateOf(model), stateIn(real)]
  return (["projects", "steps", "requests", "sessions", "held"] as const).flatMap((part) => {
    const [should, is] = [expected[part], actual[part]]
    const longer = should.length > is.length ? should : is
    return longer.flatMap((_, index) => differs(`${part}[${index}]`, should[index], is[index]))
  })
}

/** One command: the same call to the model and to hq, then a look at what both left behind. */
export class Move implements fc.AsyncCommand<Model, Real> {
  private readonly play: (model: Model) => Play
  private text = ""

  constructor(play: (model: Model) => Play) {
    this.play = play
  }

  check(): boolean {
    return true
  }

  async run(model: Model, real: Real): Promise<void> {
    const { text, expected, actual } = this.play(model)
    this.text = text
    const outcome = await actual(real)
    this.text = `${text} -> ${outcome}`
    const wrong = [
      ...(outcome === expected ? [] : [`answered ${outcome}, expected ${expected}`]),
      ...differences(model, real),
      ...real.violations()
    ]
    if (wrong.length > 0) throw new Error(`${text}\n  ${wrong.join("\n  ")}`)
  }

  /** What the move did when it was run; a copy of it for each run, so that a shrunk run tells its own story. */
  toString(): string {
    return `\n  ${this.text}`
  }

  [fc.cloneMethod](): Move {
    return new Move(this.play)
  }
}
