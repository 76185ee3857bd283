import { Draft, type Drafted, isFaulty, type PlanOp } from "./Draft.ts"
import { newStep, type PlannedStep, Plans } from "./Plans.ts"
import type { Outcome, Project, Step } from "./State.ts"

export interface PlanUpdate {
  readonly project: string
  readonly operations: ReadonlyArray<PlanOp>
  readonly expected_revision?: number
}

/** What an edit came to, and where that leaves the project. */
export const edited = (told: {
  readonly revision: number
  readonly status: string
  readonly total_steps: number
  readonly added: number
  readonly changed: number
  readonly cancelled: ReadonlyArray<number>
  readonly reopened?: ReadonlyArray<number> | undefined
}): Outcome =>
  `revision ${told.revision}, ${told.status}, ${told.total_steps} steps; ${told.added} added, ${told.changed} changed, cancelled: ${told.cancelled.toSorted((a, b) => a - b)}, reopened: ${told.reopened ?? []}`

/** What get_project tells, with properties in one order; those that are undefined are left out. */
export const shown = (project: ShownProject, steps: ReadonlyArray<ShownStep>): Outcome => {
  const { name, priority, revision, status, step_counts, total_steps, unblock_on } = project
  const counts = Object.entries(step_counts).sort()
  return JSON.stringify({
    project: { name, status, priority, unblock_on, revision, total_steps, counts },
    steps: steps.map((step) => {
      const { agent_id, attempt, branch, depends_on, estimate_minutes, files, id, scope, step_num, ...more } = step
      const facts = { branch, scope, priority: more.priority, estimate_minutes, files, depends_on }
      return { id, step_num, status: more.status, agent_id, attempt, ...facts }
    })
  })
}

interface ShownProject {
  readonly name: string
  readonly status: string
  readonly priority: number
  readonly unblock_on: string
  readonly revision: number
  readonly total_steps: number
  readonly step_counts: Readonly<Record<string, number>>
}

interface ShownStep {
  readonly id: number
  readonly step_num: number
  readonly status: string
  readonly agent_id?: string | undefined
  readonly attempt: number
  readonly branch: string
  readonly scope: string
  readonly priority: number
  readonly estimate_minutes?: number | undefined
  readonly files?: ReadonlyArray<string> | undefined
  readonly depends_on?: ReadonlyArray<number> | undefined
}

/** What an edit can make another of a step. */
const factsOf = ({ branch, dependsOn, estimate, globs, priority, scope }: Step): string =>
  JSON.stringify([branch, scope, priority, estimate, globs, dependsOn.toSorted((a, b) => a - b)])

/** Plans that are edited while agents work on them. */
export class Edits extends Plans {
  updatePlan({ expected_revision, operations, project: name }: PlanUpdate): Outcome {
    const project = this.projects.get(name)
    if (project === undefined) return "NotFound"
    if (expected_revision !== undefined && expected_revision !== project.revision) return "Conflict"
    const before = this.stepsOf(name)
    const nums = before.map(({ num }) => num)
    if (isFaulty(operations, nums)) return "InvalidInput"
    const draft = new Draft([
      ...before.map((step) => ({ ...step, dependsOn: new Set(this.numsOf(step.dependsOn)) })),
      ...this.newOf(name, operations)
    ])
    for (const operation of operations) {
      const refusal = draft.run(operation)
      if (refusal !== undefined) return refusal
    }
    if (draft.hasCycle()) return "InvalidInput"
    const counts = this.keep(draft, new Map(before.map((step) => [step.num, step])))
    const mean = this.meanEstimate(name)
    if (Math.abs(mean - project.weight) > project.weight / 10) project.weight = mean
    const { reopened } = draft
    if (counts.added + counts.changed + counts.cancelled.length + reopened.length > 0) project.revision += 1
    return edited({ ...counts, reopened, ...this.shownProject(project) })
  }

  show(name: string): Outcome {
    const project = this.projects.get(name)
    if (project === undefined) return "NotFound"
    const steps = this.stepsOf(name).map(({ agent, dependsOn, estimate, globs, num, ...step }) => ({
      ...step,
      step_num: num,
      agent_id: agent,
      estimate_minutes: estimate,
      files: globs.length === 0 ? undefined : globs,
      depends_on: this.numsOf(dependsOn).sort((a, b) => a - b)
    }))
    return shown(this.shownProject(project), steps)
  }

  private shownProject(project: Project): ShownProject {
    const { name, priority, revision, unblockOn } = project
    const step_counts: Record<string, number> = {}
    for (const { status } of this.stepsOf(name)) step_counts[status] = (step_counts[status] ?? 0) + 1
    const total_steps = this.stepsOf(name).filter(({ status }) => status !== "cancelled").length
    return { name, status: this.statusOf(project), priority, unblock_on: unblockOn, revision, total_steps, step_counts }
  }

  private numsOf(ids: ReadonlyArray<number>): Array<number> {
    return ids.map((id) => this.steps.get(id)?.num as number)
  }

  /** New steps, which are there from the start, whichever operation brings them; parts without a priority are yet to get one. */
  private newOf(project: string, operations: ReadonlyArray<PlanOp>): ReadonlyArray<Drafted> {
    const defined = operations.flatMap((operation) =>
      operation.op === "add"
        ? [{ priority: 0, ...(operation as PlannedStep) }]
        : (operation.into ?? []).map((part) => ({ priority: undefined, ...part }))
    )
    return defined.map(({ priority, ...step }, index) => ({
      ...newStep(this.lastStep + 1 + index, project, step),
      priority,
      dependsOn: new Set()
    }))
  }

  /** Takes over the draft; says how much is another now. @param before the steps by number */
  private keep(draft: Draft, before: ReadonlyMap<number, Step>) {
    const counts = { added: 0, changed: 0, cancelled: [] as Array<number> }
    for (const { dependsOn, priority = 0, ...facts } of draft.steps.values()) {
      const step: Step = {
        ...facts,
        priority,
        dependsOn: [...dependsOn].map((num) => draft.steps.get(num)?.id as number)
      }
      const was = before.get(step.num)
      if (step.status === "cancelled" && was?.status !== "cancelled") counts.cancelled.push(step.num)
      else if (was === undefined) counts.added += 1
      else if (factsOf(was) !== factsOf(step)) counts.changed += 1
      this.steps.set(step.id, step)
      this.lastStep = Math.max(this.lastStep, step.id)
    }
    return counts
  }
}
