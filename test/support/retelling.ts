/* The story that the audit trail tells, and whether it can be true. */

export interface EventRow {
  readonly id: number
  readonly agent_id: string
  readonly step_id: number
  readonly event_type: string
  readonly metadata: string
}

export interface StepRow {
  readonly id: number
  readonly project_id: number
  readonly step_num: number
  readonly status: string
  readonly agent_id: string | null
  readonly attempt: number
  readonly estimate_minutes: number | null
  readonly tail_minutes: number
}

export interface DependencyRow {
  readonly step_id: number
  readonly depends_on_step_id: number
}

interface Standing {
  readonly status: string
  readonly attempt: number
  readonly agent: string | null
  /** From whom the step was recovered, as long as nothing was told of it since. */
  readonly lostBy?: string
}

const unclaimed: Standing = { status: "not_started", attempt: 0, agent: null }

interface Metadata {
  readonly attempt: number
  readonly late?: boolean
  readonly from_status?: string
  readonly from_agent?: string
  /** Step numbers: of edits of the plan. */
  readonly depends_on?: ReadonlyArray<number>
  readonly depends_no_more_on?: ReadonlyArray<number>
}

/** How the step stands after the event; undefined where the event does not fit what was told before. */
const next = (was: Standing, by: string, type: string, told: Metadata, isReady: boolean): Standing | undefined => {
  const isLive = was.status === "claimed" || was.status === "in_progress"
  const isSame = told.attempt === was.attempt
  const isHolders = isLive && isSame && was.agent === by
  const isTaken = isSame && was.status === told.from_status && was.agent === told.from_agent
  const open: Standing = { status: "not_started", attempt: was.attempt, agent: null }
  switch (type) {
    case "claimed":
      return was.status === "not_started" && told.attempt === was.attempt + 1 && isReady
        ? { status: "claimed", attempt: told.attempt, agent: by }
        : undefined
    case "heartbeat":
      return isHolders ? was : undefined
    case "started":
      return isHolders && was.status === "claimed" ? { ...was, status: "in_progress" } : undefined
    case "completed": {
      const isOnTime = isHolders && was.status === "in_progress" && told.late !== true
      const isLate = isSame && was.status === "not_started" && was.lostBy === by && told.late === true && isReady
      return isOnTime || isLate ? { status: "completed", attempt: was.attempt, agent: by } : undefined
    }
    case "failed":
      return isHolders || (isLive && isTaken) ? { ...was, status: "failed" } : undefined
    case "merged":
      return was.status === "completed" && isSame ? { ...was, status: "merged" } : undefined
    case "released":
      return isHolders ? open : undefined
    case "recovered":
      if (isLive && isTaken) return { ...open, lostBy: was.agent as string }
      return was.status === "failed" && isTaken ? open : undefined
    // A note, which changes nothing.
    case "refused_completion":
      return was
    case "added":
      return was === unclaimed ? was : undefined
    case "changed":
      return was.status === "not_started" ? was : undefined
    case "cancelled":
      return was.status === "not_started" || was.status === "failed" ? { ...was, status: "cancelled" } : undefined
    default:
      return undefined
  }
}

/** What each step depends on, by step id; `redo` and `undo` play an edit of the plan forth and back. */
const dependenciesOver = (steps: ReadonlyArray<StepRow>, dependencies: ReadonlyArray<DependencyRow>) => {
  const ids = new Map(steps.map(({ id, project_id, step_num }) => [`${project_id}/${step_num}`, id]))
  const projects = new Map(steps.map(({ id, project_id }) => [id, project_id]))
  const found = new Map<number, Set<number>>(steps.map(({ id }) => [id, new Set()]))
  for (const { step_id, depends_on_step_id } of dependencies) found.get(step_id)?.add(depends_on_step_id)
  const play = (id: number, more: ReadonlyArray<number> = [], less: ReadonlyArray<number> = []) => {
    const idOf = (num: number) => ids.get(`${projects.get(id)}/${num}`) as number
    for (const num of more) found.get(id)?.add(idOf(num))
    for (const num of less) found.get(id)?.delete(idOf(num))
  }
  return {
    of: (id: number) => [...(found.get(id) ?? [])],
    redo: (id: number, told: Metadata) => play(id, told.depends_on, told.depends_no_more_on),
    undo: (id: number, told: Metadata) => play(id, told.depends_no_more_on, told.depends_on)
  }
}

/**
 * Tells the story of each step from its events alone, and finds what does not follow: a claim of a step that somebody holds or
 * whose dependencies are not done, a write of an attempt that is over, an attempt that does not rise by one; and at the end every
 * step that stands otherwise than the story says.
 */
export const retell = (
  events: ReadonlyArray<EventRow>,
  steps: ReadonlyArray<StepRow>,
  dependencies: ReadonlyArray<DependencyRow>
): ReadonlyArray<string> => {
  const found: Array<string> = []
  const standings = new Map<number, Standing>()
  const graph = dependenciesOver(steps, dependencies)
  const told = (event: EventRow) => JSON.parse(event.metadata) as Metadata
  for (const event of events.toReversed()) graph.undo(event.step_id, told(event))
  for (const event of events) {
    graph.redo(event.step_id, told(event))
    const was = standings.get(event.step_id) ?? unclaimed
    const isReady = graph.of(event.step_id).every((id) => {
      const { status } = standings.get(id) ?? unclaimed
      return status === "completed" || status === "merged"
    })
    const is = next(was, event.agent_id, event.event_type, told(event), isReady)
    if (is === undefined) found.push(`event ${JSON.stringify(event)} cannot follow ${JSON.stringify(was)}`)
    else standings.set(event.step_id, is)
  }
  for (const { id, status, attempt, agent_id } of steps) {
    const told = standings.get(id) ?? unclaimed
    if (told.status !== status || told.attempt !== attempt || told.agent !== agent_id) {
      const stands = JSON.stringify({ status, attempt, agent: agent_id })
      found.push(`step ${id} stands at ${stands}, its events say ${JSON.stringify(told)}`)
    }
  }
  return found
}
