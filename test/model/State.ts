import { ClockLook } from "./ClockLook.ts"
import { type Held, Memory } from "./Memory.ts"
import { rules } from "./rules.ts"
import { Session } from "./Session.ts"

export interface Step {
  readonly id: number
  readonly project: string
  readonly num: number
  branch: string
  scope: string
  priority: number
  estimate: number | undefined
  /** Ids. */
  dependsOn: ReadonlyArray<number>
  /** Of the files that it is to change. */
  globs: ReadonlyArray<string>
  status: "not_started" | "claimed" | "in_progress" | "completed" | "merged" | "failed" | "cancelled"
  attempt: number
  lost: number
  agent?: string | undefined
  /** Id of the session through which it is held, or was until it ended. */
  session?: number | undefined
  worktree?: string | undefined
  claimedAt?: number | undefined
  startedAt?: number | undefined
  completedAt?: number | undefined
  heartbeat?: number | undefined
  lease?: number | undefined
  commit?: string | undefined
  mergeCommit?: string | undefined
  /** Those that it has changed. */
  files?: ReadonlyArray<string> | undefined
  notes?: string | undefined
  /** Whose attempt was taken from it, given back or rejected, as long as nobody has claimed the step since. */
  last?:
    | (Pick<Step, "agent" | "session" | "claimedAt" | "startedAt"> & {
        readonly how: "recovered" | "released" | "reopened"
        /** Why it was reopened. */
        readonly reason?: string | undefined
      })
    | undefined
}

export interface Project {
  readonly id: number
  readonly name: string
  /** As it was last set: see `statusOf`. */
  status: "active" | "paused" | "aborted"
  priority: number
  unblockOn: "completed" | "merged"
  revision: number
  /** Minutes that a step without an estimate counts as. */
  weight: number
}

/** Who calls, as the request has it. */
export interface By {
  readonly agent_id?: string
  readonly attempt?: number
}

export interface Caller {
  readonly agent: string
  readonly attempt: number | undefined
}

/** A step as it was answered, why there was none, or the tag of an error. */
export type Outcome = string

export const isLive = ({ status }: Step): boolean => status === "claimed" || status === "in_progress"

export const isDone = ({ status }: Step): boolean => status === "completed" || status === "merged"

/** Whether the caller speaks for the step's latest attempt, which was that agent's. */
export const isOf = (step: Step, agent: string | undefined, { attempt, ...caller }: Caller): boolean =>
  agent === caller.agent && (attempt === undefined || attempt === step.attempt)

export const described = (step: {
  readonly id: number
  readonly status: string
  readonly attempt: number
  readonly agent_id?: string | undefined
}): Outcome => `step ${step.id} ${step.status} by ${step.agent_id ?? "nobody"} in attempt ${step.attempt}`

/** A write of a step's holder. */
export interface Write {
  readonly from: ReadonlyArray<Step["status"]>
  readonly apply: (step: Step) => void
  /** Whether the call was made before with the same content: then it succeeds and changes nothing. */
  readonly isRepeated: (step: Step, caller: Caller) => boolean
  /** Whether it is noted that the call was refused. */
  readonly isNoted?: true
  readonly applyLate?: (step: Step, caller: Caller) => boolean
}

/** Plans, claims and what two processes remember. */
export class State {
  now: number
  readonly projects = new Map<string, Project>()
  readonly steps = new Map<number, Step>()
  readonly requests = new Map<string, { args: string; step: number; attempt: number; at: number }>()
  protected readonly processes = [new Memory(), new Memory()]
  /** Every session, in the order of their beginnings; a process has one at a time. */
  readonly sessions: Array<Session> = []
  protected readonly current: Array<Session> = []
  protected readonly looks = [new ClockLook(), new ClockLook()]

  constructor(now: number) {
    this.now = now
    this.beginSession(0)
    this.beginSession(1)
  }

  protected beginSession(process: number): void {
    const session = new Session(this.sessions.length, this.now)
    this.sessions.push(session)
    this.current[process] = session
  }

  protected look(process: number): ClockLook {
    return this.looks[process] as ClockLook
  }

  sessionOf(process: number): Session {
    return this.current[process] as Session
  }

  /** Whether that session is the process's own, or gone: then an agent's name is enough. */
  protected isOwnOrGone(process: number, session: number | undefined): boolean {
    return (
      session === undefined ||
      session === this.sessionOf(process).id ||
      this.sessions[session]?.isLive(this.now, this.sessionOf(process).isWaking(this.now)) !== true
    )
  }

  /** What the agent holds through the process's session, or through one that is gone. */
  protected holdings(process: number, agent: string): ReadonlyArray<Step> {
    return [...this.steps.values()].filter(
      (step) => isLive(step) && step.agent === agent && this.isOwnOrGone(process, step.session)
    )
  }

  stepsOf(project: string): ReadonlyArray<Step> {
    return [...this.steps.values()].filter((step) => step.project === project).sort((a, b) => a.num - b.num)
  }

  memory(process: number): Memory {
    return this.processes[process] as Memory
  }

  protected projectOf({ project }: Step): Project {
    return this.projects.get(project) as Project
  }

  /** An active project in which nothing is left to do is completed. */
  statusOf({ name, status }: Project): string {
    const isOpen = this.stepsOf(name).some((step) => !isDone(step) && step.status !== "cancelled")
    return status === "active" && !isOpen ? "completed" : status
  }

  /** Minutes of the longest chain of steps that wait for this one, its own included. @param known tails found so far */
  tailOf(step: Step, known = new Map<number, number>()): number {
    const { id, estimate = this.projectOf(step).weight } = step
    const dependents = [...this.steps.values()].filter(({ dependsOn }) => dependsOn.includes(id))
    const tail = known.get(id) ?? estimate + Math.max(0, ...dependents.map((step) => this.tailOf(step, known)))
    known.set(id, tail)
    return tail
  }

  /** The mean of the estimates, of steps that are not cancelled. */
  protected meanEstimate(project: string): number {
    const estimates = this.stepsOf(project).flatMap(({ estimate, status }) =>
      estimate === undefined || status === "cancelled" ? [] : [estimate]
    )
    const sum = estimates.reduce((all, one) => all + one, 0)
    return estimates.length === 0 ? 1 : Math.max(1, Math.round(sum / estimates.length))
  }

  protected isReady({ status, dependsOn }: Step): boolean {
    const isMet = (step: Step) =>
      step.status === "merged" || (step.status === "completed" && this.projectOf(step).unblockOn === "completed")
    return status === "not_started" && dependsOn.every((id) => isMet(this.steps.get(id) as Step))
  }

  protected lend(step: Step): void {
    step.lease = this.now + rules.lease
  }

  /** The step, where the claim has not ended. */
  protected heldAs(process: number, { agent, attempt, step: id }: Held): Step | undefined {
    const step = this.steps.get(id)
    const isHeld = step !== undefined && isLive(step) && step.agent === agent && step.attempt === attempt
    return isHeld && step.session === this.sessionOf(process).id ? step : undefined
  }

  /** A sign of life never makes a lease shorter. */
  protected renewUntil(step: Step, end: number): void {
    step.heartbeat = this.now
    step.lease = Math.max(step.lease as number, end)
  }

  /** Takes the step from its agent. */
  protected open(step: Step, how: "recovered" | "released" | undefined): void {
    const { agent, claimedAt, session, startedAt } = step
    const gone = {
      agent: undefined,
      session: undefined,
      worktree: undefined,
      claimedAt: undefined,
      startedAt: undefined
    }
    const last = how === undefined ? undefined : { agent, claimedAt, session, startedAt, how }
    Object.assign(step, gone, { status: "not_started", heartbeat: undefined, lease: undefined, last })
  }

  /** The process has just been shown how the step stands. */
  protected learn(process: number, step: Step): Outcome {
    const memory = this.memory(process)
    const { agent, attempt, heartbeat, id } = step
    if (!isLive(step)) memory.end(id, attempt, "done")
    else memory.remember({ step: id, agent: agent as string, attempt, seen: heartbeat as number }, this.now)
    return described({ ...step, agent_id: step.agent })
  }

  /** The fence: what the caller leaves out is filled from what the process remembers, and only the holder writes. */
  protected write(process: number, id: number, by: By, write: Write): Outcome {
    const step = this.steps.get(id)
    if (step === undefined) return "NotFound"
    const caller = this.memory(process).caller(id, { agent: by.agent_id, attempt: by.attempt })
    if (caller === undefined) return "Conflict"
    const session = this.sessionOf(process)
    const isBelieved = by.attempt !== undefined || this.isOwnOrGone(process, step.session)
    if (write.from.includes(step.status) && isOf(step, step.agent, caller) && isBelieved) {
      step.session = session.id
      write.apply(step)
    } else if (!write.isRepeated(step, caller)) {
      const isBelievedLate = by.attempt !== undefined || this.isOwnOrGone(process, step.last?.session)
      if (!isBelievedLate || write.applyLate?.(step, caller) !== true) {
        if (write.isNoted === true) session.sign(this.now)
        return "Conflict"
      }
      step.session = session.id
    }
    session.sign(this.now)
    return this.learn(process, step)
  }
}
