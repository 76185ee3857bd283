import { type Held, Memory } from "./Memory.ts"
import { type By, described, isLive, isOf, type Outcome, rules, State, type Step } from "./State.ts"

export interface ClaimRequest {
  readonly agent_id: string
  readonly project: string
  readonly step_id?: number
  readonly step_num?: number
  readonly request_id?: string
}

/** What the notes of a step say that a sweep failed. */
export const lostNotes = "lost"

/**
 * hq in plain words: what each call answers and leaves behind. Written from the design, without SQL and without I/O, so that
 * the implementation has something other than itself to be compared with.
 */
export class Model extends State {
  create(project: string, plan: ReadonlyMap<number, ReadonlyArray<number>>): Outcome {
    if (this.stepsOf(project).length > 0) return "Conflict"
    const first = this.steps.size + 1
    const ids = new Map([...plan.keys()].map((num, index) => [num, first + index]))
    for (const [num, nums] of plan) {
      const id = ids.get(num) as number
      const dependsOn = nums.map((other) => ids.get(other) as number)
      this.steps.set(id, { id, project, num, dependsOn, status: "not_started", attempt: 0, lost: 0 })
    }
    return "created"
  }

  claim(process: number, request: ClaimRequest): Outcome {
    const { agent_id, project, step_id, step_num, request_id } = request
    const key = `${agent_id} ${request_id}`
    const args = JSON.stringify([project, step_id, step_num])
    const earlier = request_id === undefined ? undefined : this.requests.get(key)
    if (earlier !== undefined) {
      const step = this.steps.get(earlier.step) as Step
      const isHeld = isLive(step) && step.agent === agent_id && step.attempt === earlier.attempt
      return isHeld && earlier.args === args ? this.learn(process, step) : "Conflict"
    }
    const all = this.stepsOf(project)
    if (all.length === 0) return "NotFound"
    const isNamed = (step: Step) =>
      (step_id === undefined || step.id === step_id) && (step_num === undefined || step.num === step_num)
    const step = all.find((candidate) => isNamed(candidate) && this.isReady(candidate))
    if (step === undefined) return (step_id ?? step_num) ? this.refusal(request, all.find(isNamed)) : this.noWork(all)
    const { now } = this
    step.status = "claimed"
    step.attempt += 1
    step.agent = agent_id
    step.claimedAt = step.heartbeat = now
    step.lease = now + rules.lease
    step.last = undefined
    if (request_id !== undefined) this.requests.set(key, { args, step: step.id, attempt: step.attempt, at: now })
    return this.learn(process, step)
  }

  start(process: number, id: number, by: By, worktree: string | undefined): Outcome {
    return this.write(process, id, by, {
      from: ["claimed"],
      apply: (step) => {
        step.status = "in_progress"
        step.worktree = worktree
        step.startedAt = this.now
        this.renewUntil(step, this.now + rules.lease)
      },
      isRepeated: (step, caller) =>
        step.status === "in_progress" &&
        isOf(step, step.agent, caller) &&
        (worktree === undefined || worktree === step.worktree)
    })
  }

  heartbeat(process: number, id: number, by: By): Outcome {
    return this.write(process, id, by, {
      from: ["claimed", "in_progress"],
      apply: (step) => this.renewUntil(step, this.now + rules.lease),
      isRepeated: () => false
    })
  }

  complete(process: number, id: number, by: By, done: Pick<Step, "commit" | "files" | "notes">): Outcome {
    const { commit, files, notes } = done
    const apply = (step: Step) =>
      void Object.assign(step, { status: "completed", completedAt: this.now, lease: undefined, commit, files, notes })
    return this.write(process, id, by, {
      from: ["in_progress"],
      apply,
      isRepeated: (step, caller) =>
        step.status === "completed" &&
        isOf(step, step.agent, caller) &&
        JSON.stringify([step.commit, step.files, step.notes]) === JSON.stringify([commit, files, notes]),
      applyLate: (step, caller) => {
        if (step.last?.how !== "recovered" || !isOf(step, step.last.agent, caller)) return false
        const { agent, claimedAt, startedAt } = step.last
        apply(Object.assign(step, { agent, claimedAt, startedAt, last: undefined }))
        return true
      }
    })
  }

  fail(process: number, id: number, by: By, reason: string): Outcome {
    return this.write(process, id, by, {
      from: ["claimed", "in_progress"],
      apply: (step) => void Object.assign(step, { status: "failed", notes: reason, lease: undefined }),
      isRepeated: (step, caller) => step.status === "failed" && isOf(step, step.agent, caller) && step.notes === reason
    })
  }

  release(process: number, id: number, by: By): Outcome {
    return this.write(process, id, by, {
      from: ["claimed", "in_progress"],
      apply: (step) => this.open(step, "released"),
      isRepeated: (step, caller) => step.last?.how === "released" && isOf(step, step.last.agent, caller)
    })
  }

  /** Shows the steps that have been silent for longer than that. */
  stale(process: number, silentFor: number): Outcome {
    const silent = [...this.steps.values()].filter((s) => isLive(s) && (s.heartbeat as number) < this.now - silentFor)
    for (const step of silent) this.memory(process).shown.set(step.id, step.heartbeat as number)
    return silent
      .map(({ id }) => id)
      .sort((a, b) => a - b)
      .join()
  }

  recover(process: number, id: number, force: boolean): Outcome {
    const step = this.steps.get(id)
    if (step === undefined) return "NotFound"
    if (!isLive(step)) return "Conflict"
    const heartbeat = step.heartbeat as number
    const isAlive = heartbeat > this.now - rules.alive && heartbeat !== this.memory(process).shown.get(id)
    if (isAlive && !force) return "Conflict"
    step.lost += 1
    this.open(step, "recovered")
    return described({ ...step, agent_id: step.agent })
  }

  recoverFailed(id: number): Outcome {
    const step = this.steps.get(id)
    if (step === undefined) return "NotFound"
    if (step.status !== "failed") return "Conflict"
    this.open(step, undefined)
    Object.assign(step, { lost: 0, completedAt: undefined, commit: undefined, files: undefined, notes: undefined })
    return described({ ...step, agent_id: step.agent })
  }

  sweep(): Outcome {
    const expired = [...this.steps.values()].filter((step) => isLive(step) && (step.lease as number) <= this.now)
    for (const step of expired) {
      step.lost += 1
      if (step.lost < rules.maxAttempts) this.open(step, "recovered")
      else Object.assign(step, { status: "failed", notes: lostNotes, lease: undefined })
    }
    for (const [key, request] of this.requests) {
      const step = this.steps.get(request.step) as Step
      const isHeld = isLive(step) && step.attempt === request.attempt
      if (request.at < this.now - rules.retention && !isHeld) this.requests.delete(key)
    }
    const failed = expired.filter(({ status }) => status === "failed").length
    return `recovered ${expired.length - failed}, failed ${failed}`
  }

  touch(process: number, agent: string | undefined, step: number | undefined): Outcome {
    const memory = this.memory(process)
    const caller = agent ?? (step === undefined ? undefined : memory.caller(step, {})?.agent) ?? memory.onlyAgent()
    if (caller === undefined) return "done"
    memory.hear(caller, this.now)
    for (const claim of memory.held()) {
      if (claim.agent === caller && claim.seen <= this.now - rules.throttle) {
        this.renewClaim(process, claim, this.now + rules.lease)
      }
    }
    return "done"
  }

  renew(process: number): Outcome {
    for (const claim of this.memory(process).held()) {
      const end = claim.heardAt + rules.deadline
      this.renewClaim(process, claim, end > this.now ? Math.min(this.now + rules.lease, end) : undefined)
    }
    return "done"
  }

  shorten(process: number): Outcome {
    for (const claim of this.memory(process).held()) {
      const step = this.heldAs(claim)
      const isOurs = step !== undefined && (step.heartbeat as number) <= claim.seen
      if (isOurs) step.lease = Math.min(step.lease as number, this.now + rules.grace)
    }
    return "done"
  }

  restart(process: number): Outcome {
    this.processes[process] = new Memory()
    return "done"
  }

  /** Without an end the claim is looked at, not renewed. */
  private renewClaim(process: number, claim: Held, end: number | undefined): void {
    const step = this.heldAs(claim)
    if (step === undefined) this.memory(process).end(claim.step, claim.attempt, "lost")
    else if (end !== undefined) {
      this.renewUntil(step, end)
      this.memory(process).renewed(claim, this.now)
    }
  }

  private refusal({ step_id }: ClaimRequest, step: Step | undefined): Outcome {
    if (step === undefined) return step_id !== undefined && this.steps.has(step_id) ? "InvalidInput" : "NotFound"
    return step.status === "not_started" ? "DependencyUnmet" : "Conflict"
  }

  private noWork(steps: ReadonlyArray<Step>): Outcome {
    const isAny = (...statuses: ReadonlyArray<string>) => steps.some(({ status }) => statuses.includes(status))
    const isWaiting = isAny("not_started")
    if (isAny("claimed", "in_progress")) return isWaiting ? "all_blocked" : "all_claimed"
    if (isWaiting) return isAny("failed") ? "failed_upstream" : "all_blocked"
    return isAny("failed") ? "all_failed" : "all_done"
  }
}
