import { ClockLook } from "./ClockLook.ts"
import { Edits } from "./Edits.ts"
import { touchSame } from "./files.ts"
import { type Held, Memory } from "./Memory.ts"
import { rules } from "./rules.ts"
import { type By, described, isDone, isLive, isOf, type Outcome, type Step } from "./State.ts"

/** What the notes of a step say that a sweep failed. */
export const lostNotes = "lost"

/** An answer names at most 20 of them. */
export const overlapsNamed = (ids: ReadonlyArray<number>): string =>
  ids.length < 20 ? String(ids.toSorted((a, b) => a - b)) : "with many"

/**
 * hq in plain words: what each call answers and leaves behind. Written from the design, without SQL and without I/O, so that
 * the implementation has something other than itself to be compared with.
 */
export class Model extends Edits {
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
    const outcome = this.write(process, id, by, {
      from: ["in_progress"],
      apply,
      isRepeated: (step, caller) =>
        step.status === "completed" &&
        isOf(step, step.agent, caller) &&
        JSON.stringify([step.commit, step.files, step.notes]) === JSON.stringify([commit, files, notes]),
      applyLate: (step, caller) => {
        if (step.last?.how !== "recovered" || !isOf(step, step.last.agent, caller)) return false
        if (!step.dependsOn.every((needed) => isDone(this.steps.get(needed) as Step))) return false
        const { agent, claimedAt, startedAt } = step.last
        apply(Object.assign(step, { agent, claimedAt, startedAt, last: undefined }))
        return true
      },
      isNoted: true
    })
    return outcome.startsWith("step ") ? `${outcome}, overlaps ${this.overlaps(this.steps.get(id) as Step)}` : outcome
  }

  /** Ids of steps of the project, at work or not merged yet, that touch the same files and that it does not build on. */
  private overlaps(step: Step): string {
    const builtOn = new Set([step.id])
    for (const id of builtOn) for (const needed of this.steps.get(id)?.dependsOn ?? []) builtOn.add(needed)
    const touches = ({ files, globs }: Step) => files ?? globs
    return overlapsNamed(
      this.stepsOf(step.project)
        .filter((other) => (isLive(other) || other.status === "completed") && !builtOn.has(other.id))
        .filter((other) => touchSame(touches(step), touches(other)))
        .map(({ id }) => id)
    )
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

  /** By anybody: the process learns nothing of it. */
  merge(process: number, id: number, commit: string): Outcome {
    const step = this.steps.get(id)
    if (step === undefined) return "NotFound"
    const isRepeated = step.status === "merged" && step.mergeCommit === commit
    if (step.status !== "completed" && !isRepeated) return "Conflict"
    Object.assign(step, { status: "merged", mergeCommit: commit })
    this.sessionOf(process).sign(this.now)
    return described({ ...step, agent_id: step.agent })
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

  sweep(process: number): Outcome {
    const own = this.sessionOf(process).id
    const times = this.sessions.flatMap(({ id, row }) => (id === own || row === undefined ? [] : [row.lastSeen]))
    const { isFirst, isOff } = this.look(process).look(times.length === 0 ? undefined : Math.max(...times), this.now)
    if (isOff) return "recovered 0, failed 0"
    if (!isFirst) this.bringBack()
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
    for (const session of this.sessions) {
      if (session.row !== undefined && session.row.lastSeen < this.now - rules.retention) session.row = undefined
    }
    const failed = expired.filter(({ status }) => status === "failed").length
    return `recovered ${expired.length - failed}, failed ${failed}`
  }

  /** Signs of life that are yet to come are as of now, and no lease is longer than one that is given now. */
  private bringBack(): void {
    const latest = this.now + rules.tolerance
    for (const step of this.steps.values()) {
      if (!isLive(step)) continue
      const isYetToCome = (step.heartbeat as number) > latest
      if (isYetToCome) step.heartbeat = this.now
      if (isYetToCome || (step.lease as number) > latest + rules.lease) step.lease = this.now + rules.lease
    }
    for (const { row } of this.sessions) if (row !== undefined && row.lastSeen > latest) row.lastSeen = this.now
  }

  touch(process: number, agent: string | undefined, step: number | undefined): Outcome {
    const memory = this.memory(process)
    const caller = agent ?? memory.onlyAgent()
    if (caller === undefined) return "done"
    memory.hear(caller, step, this.now)
    const due = memory
      .held()
      .filter((claim) => claim.agent === caller && claim.seen <= this.now - rules.throttle)
      .filter((claim) => this.leaseOf(claim) !== undefined)
    return this.renewAll(process, due)
  }

  renew(process: number): Outcome {
    return this.renewAll(process, this.memory(process).held())
  }

  /** The end of the claim's lease, if it is renewed now; undefined once it has made no progress for too long. */
  private leaseOf({ progressAt }: { readonly progressAt: number }): number | undefined {
    const end = progressAt + rules.deadline
    return end > this.now ? Math.min(this.now + rules.lease, end) : undefined
  }

  private renewAll(process: number, claims: ReturnType<Memory["held"]>): Outcome {
    if (claims.length > 0) {
      this.sessionOf(process).sign(this.now)
    }
    for (const claim of claims) this.renewClaim(process, claim, this.leaseOf(claim))
    return "done"
  }

  endSession(process: number): Outcome {
    const session = this.sessionOf(process)
    if (session.signedAt === undefined) return "done"
    if (session.row !== undefined) session.row.hasEnded = true
    if (this.now - session.startedAt < rules.short) return "done"
    for (const { step: id } of this.memory(process).held()) {
      const step = this.steps.get(id)
      const isOurs = step !== undefined && isLive(step) && step.session === session.id
      if (isOurs) step.lease = Math.min(step.lease as number, this.now + rules.grace)
    }
    return "done"
  }

  restart(process: number): Outcome {
    this.processes[process] = new Memory()
    this.beginSession(process)
    this.looks[process] = new ClockLook()
    return "done"
  }

  /** Without an end the claim is looked at, not renewed. */
  private renewClaim(process: number, claim: Held, end: number | undefined): void {
    const step = this.heldAs(process, claim)
    if (step === undefined) this.memory(process).end(claim.step, claim.attempt, "lost")
    else if (end !== undefined) {
      this.renewUntil(step, end)
      this.memory(process).renewed(claim, this.now)
    }
  }
}
