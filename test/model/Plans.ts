import { touchSame } from "./files.ts"
import { isLive, type Outcome, type Project, State, type Step } from "./State.ts"

export interface ClaimRequest {
  readonly agent_id: string
  readonly project?: string
  readonly step_id?: number
  readonly step_num?: number
  readonly scopes?: ReadonlyArray<string>
  readonly max_held?: number
  readonly allow_overlap?: boolean
  readonly request_id?: string
}

export interface PlannedStep {
  readonly step_num: number
  readonly branch: string
  readonly scope: string
  readonly depends_on?: ReadonlyArray<number>
  readonly priority?: number
  readonly estimate_minutes?: number
  readonly files?: ReadonlyArray<string>
}

export interface ProjectChange {
  readonly status?: "active" | "paused" | "aborted"
  readonly priority?: number
  readonly unblock_on?: "completed" | "merged"
}

/** As yet without dependencies. */
export const newStep = (id: number, project: string, { priority = 0, ...step }: PlannedStep): Step => ({
  id,
  project,
  num: step.step_num,
  branch: step.branch,
  scope: step.scope,
  priority,
  estimate: step.estimate_minutes,
  globs: step.files ?? [],
  dependsOn: [],
  status: "not_started",
  attempt: 0,
  lost: 0
})

/** Steps that an answer names at most as those in the way. */
const maxNamed = 10

/** Projects as a whole, and which of their steps is next. */
export class Plans extends State {
  private lastProject = 0
  protected lastStep = 0

  create(name: string, plan: ReadonlyArray<PlannedStep>, given: Omit<ProjectChange, "status">): Outcome {
    if (this.projects.has(name)) return "Conflict"
    const { priority = 0, unblock_on = "completed" } = given
    this.projects.set(name, {
      id: ++this.lastProject,
      name,
      status: "active",
      priority,
      unblockOn: unblock_on,
      revision: 1,
      weight: 1
    })
    const first = this.lastStep + 1
    const idOf = (num: number) => first + plan.findIndex(({ step_num }) => step_num === num)
    for (const { depends_on = [], ...step } of plan) {
      const id = ++this.lastStep
      this.steps.set(id, { ...newStep(id, name, step), dependsOn: depends_on.map(idOf) })
    }
    ;(this.projects.get(name) as Project).weight = this.meanEstimate(name)
    return "created"
  }

  updateProject(name: string, { priority, status, unblock_on }: ProjectChange): Outcome {
    const project = this.projects.get(name)
    if (project === undefined) return "NotFound"
    project.status = status ?? project.status
    project.priority = priority ?? project.priority
    project.unblockOn = unblock_on ?? project.unblockOn
    return `${this.statusOf(project)} ${project.priority} ${project.unblockOn}`
  }

  deleteProject(name: string, force: boolean): Outcome {
    if (!this.projects.has(name)) return "NotFound"
    const all = this.stepsOf(name)
    const claims = all.filter(isLive).length
    if (claims > 0 && !force) return "Conflict"
    this.projects.delete(name)
    for (const { id } of all) this.steps.delete(id)
    for (const [key, { step }] of this.requests) if (!this.steps.has(step)) this.requests.delete(key)
    const dependencies = all.reduce((sum, { dependsOn }) => sum + dependsOn.length, 0)
    return `${all.length} steps, ${dependencies} dependencies, ${claims} claims`
  }

  claim(process: number, request: ClaimRequest): Outcome {
    const { agent_id, allow_overlap, max_held, project, request_id, scopes, step_id, step_num } = request
    this.memory(process).meet(agent_id)
    const isNamed = step_id !== undefined || step_num !== undefined
    if (isNamed && scopes !== undefined) return "InvalidInput"
    if (step_num !== undefined && step_id === undefined && project === undefined) return "InvalidInput"
    const key = `${agent_id} ${request_id}`
    const args = JSON.stringify([project, step_id, step_num, scopes, max_held, allow_overlap])
    const session = this.sessionOf(process)
    const earlier = request_id === undefined ? undefined : this.requests.get(key)
    const held = this.holdings(process, agent_id)
    if (earlier !== undefined) {
      const step = held.find(({ attempt, id }) => id === earlier.step && attempt === earlier.attempt)
      if (step === undefined || earlier.args !== args) return "Conflict"
      step.session = session.id
      session.sign(this.now)
      return this.learn(process, step)
    }
    if (max_held !== undefined && held.length >= max_held) return "Conflict"
    if (project !== undefined && !this.projects.has(project)) return "NotFound"
    const able = this.line(project).filter(
      ({ id, num, scope }) =>
        (step_id === undefined || id === step_id) &&
        (step_num === undefined || num === step_num) &&
        (scopes === undefined || scopes.includes(scope))
    )
    const step = able.find((step) => allow_overlap === true || this.inTheWay(step).length === 0)
    if (step === undefined && able.length > 0) {
      const ids = new Set(able.flatMap((step) => this.inTheWay(step)).map(({ id }) => id))
      const named = [...ids].slice(0, maxNamed)
      if (isNamed) return `Conflict by ${named}`
      session.sign(this.now)
      return named.every((id) => held.some((step) => step.id === id)) ? "held_by_you" : `files_in_use by ${named}`
    }
    if (step === undefined && isNamed) return this.refusal(request)
    session.sign(this.now)
    if (step === undefined) {
      const reason = this.noWork(project, scopes)
      return this.isItself(request, reason, held) ? "held_by_you" : reason
    }
    const { now } = this
    step.status = "claimed"
    step.attempt += 1
    step.agent = agent_id
    step.session = session.id
    step.claimedAt = step.heartbeat = now
    this.lend(step)
    step.last = undefined
    if (request_id !== undefined) this.requests.set(key, { args, step: step.id, attempt: step.attempt, at: now })
    return this.learn(process, step)
  }

  /** Whether the agent itself holds all that is in its way. */
  private isItself({ project, scopes }: ClaimRequest, reason: string, held: ReadonlyArray<Step>): boolean {
    const asked = [...this.steps.values()].filter((step) =>
      project === undefined ? this.statusOf(this.projectOf(step)) === "active" : step.project === project
    )
    const inTheWay =
      reason === "all_blocked"
        ? this.waitedFor(asked)
        : asked.filter((step) => isLive(step) && (scopes === undefined || scopes.includes(step.scope)))
    if (reason !== "all_blocked" && reason !== "all_claimed") return false
    const isNamed = reason === "all_claimed" || inTheWay.length < maxNamed
    return inTheWay.length > 0 && isNamed && inTheWay.every((step) => held.includes(step))
  }

  /** Steps that others wait for until somebody does something. */
  private waitedFor(asked: ReadonlyArray<Step>): ReadonlyArray<Step> {
    const hasReady = asked.some((step) => this.isReady(step))
    const isWaitedFor = (step: Step) =>
      isLive(step) ||
      step.status === "failed" ||
      (step.status === "completed" && this.projectOf(step).unblockOn === "merged") ||
      (hasReady && this.isReady(step))
    const needed = new Set([...this.steps.values()].flatMap(({ dependsOn }) => dependsOn))
    return asked.filter((step) => isWaitedFor(step) && needed.has(step.id))
  }

  /** The steps that can be claimed, the best first. */
  private line(name: string | undefined): ReadonlyArray<Step> {
    const rank = (step: Step) => {
      const project = this.projectOf(step)
      return [-project.priority, -step.priority, -this.tailOf(step), project.id, step.num]
    }
    return [...this.steps.values()]
      .filter((step) => (name === undefined || step.project === name) && this.isClaimable(step))
      .map((step) => ({ step, rank: rank(step) }))
      .sort((a, b) => a.rank.map((part, at) => part - (b.rank[at] as number)).find((order) => order !== 0) ?? 0)
      .map(({ step }) => step)
  }

  /** Steps at work on the files of that one. */
  private inTheWay({ globs, project }: Step): ReadonlyArray<Step> {
    return this.stepsOf(project).filter((step) => isLive(step) && touchSame(globs, step.globs))
  }

  private refusal({ project, step_id, step_num }: ClaimRequest): Outcome {
    const step = [...this.steps.values()].find(({ id, num, project: of }) =>
      step_id === undefined ? of === project && num === step_num : id === step_id
    )
    if (step === undefined) return "NotFound"
    if (project !== undefined && step.project !== project) return "InvalidInput"
    if (step_num !== undefined && step.num !== step_num) return "InvalidInput"
    return step.status !== "not_started" || this.isReady(step) ? "Conflict" : "DependencyUnmet"
  }

  private noWork(name: string | undefined, scopes: ReadonlyArray<string> | undefined): Outcome {
    const asked = [...this.projects.values()].filter((project) => name === undefined || project.name === name)
    const active = asked.filter((project) => this.statusOf(project) === "active")
    const paused = asked.some((project) => project.status === "paused")
    if (name !== undefined && paused) return "project_paused"
    if (name !== undefined && asked[0]?.status === "aborted") return "project_aborted"
    if (asked.length === 0) return "no_projects"
    const hasScope = ({ scope }: Step) => scopes === undefined || scopes.includes(scope)
    const statuses = asked.filter(({ name }) => this.stepsOf(name).some(hasScope)).map((_) => this.statusOf(_))
    if (statuses.length === 0) return "no_such_scope"
    const all = active.flatMap((project) => this.stepsOf(project.name))
    const own = all.filter(hasScope)
    const isAny = (steps: ReadonlyArray<Step>, ...statuses: ReadonlyArray<string>) =>
      steps.some(({ status }) => statuses.includes(status))
    if (isAny(own, "not_started")) {
      const isGoingOn = isAny(all, "claimed", "in_progress") || all.some((step) => this.isClaimable(step))
      return isAny(all, "failed") && !isGoingOn ? "failed_upstream" : "all_blocked"
    }
    if (isAny(own, "claimed", "in_progress")) return "all_claimed"
    if (isAny(own, "failed")) return "all_failed"
    if (statuses.includes("paused")) return "project_paused"
    const existing = new Set(asked.flatMap(({ name }) => this.stepsOf(name)).map(({ scope }) => scope))
    if (scopes?.some((scope) => !existing.has(scope))) return "no_such_scope"
    return statuses.every((status) => status === "aborted") ? "project_aborted" : "all_done"
  }

  /** Whether the step is ready and its project hands it out. */
  protected isClaimable(step: Step): boolean {
    return this.isReady(step) && this.statusOf(this.projectOf(step)) === "active"
  }

  hasReady(project: Project): boolean {
    return this.stepsOf(project.name).some((step) => this.isReady(step))
  }
}
