import type { PlannedStep } from "./Plans.ts"
import type { Outcome, Step } from "./State.ts"

export interface PlanOp extends Partial<Omit<PlannedStep, "step_num">> {
  readonly op: "add" | "change" | "cancel" | "split" | "reopen"
  readonly step_num: number
  readonly needed_by?: ReadonlyArray<number>
  readonly dependents?: "follow" | "drop"
  readonly into?: ReadonlyArray<PlannedStep>
  readonly reason?: string
}

/** A step of the plan as it is to be. Priority is open as long as no split has given it. */
export interface Drafted extends Omit<Step, "dependsOn" | "priority"> {
  priority: number | undefined
  /** Numbers. */
  readonly dependsOn: Set<number>
}

type Refusal = Outcome | undefined

/** A plan on which operations are tried, one after the other; once one is refused, it is thrown away. */
export class Draft {
  /** By number. */
  readonly steps: ReadonlyMap<number, Drafted>

  /** Numbers of the steps that were reopened. */
  readonly reopened: Array<number> = []

  constructor(steps: ReadonlyArray<Drafted>) {
    this.steps = new Map(steps.map((step) => [step.num, step]))
  }

  run(operation: PlanOp): Refusal {
    const step = this.at(operation.step_num)
    const { depends_on = [], needed_by = [] } = operation
    switch (operation.op) {
      case "add":
        return this.depend(step, depends_on) ?? this.first(needed_by, (num) => this.depend(this.at(num), [step.num]))
      case "change":
        return this.change(step, operation)
      case "cancel":
        return this.cancel(step, operation.dependents)
      case "split":
        return this.split(step, operation.into ?? [])
      case "reopen":
        return this.reopen(step, operation.reason)
    }
  }

  /** Whether some step waits for itself, over others. */
  hasCycle(): boolean {
    const settled = new Set<Drafted>()
    const all = [...this.steps.values()]
    const isSettled = (num: number) => settled.has(this.at(num))
    for (let before = -1; before < settled.size; ) {
      before = settled.size
      for (const step of all) if ([...step.dependsOn].every(isSettled)) settled.add(step)
    }
    return settled.size < all.length
  }

  private at(num: number): Drafted {
    return this.steps.get(num) as Drafted
  }

  private first<A>(list: ReadonlyArray<A>, run: (item: A) => Refusal): Refusal {
    for (const item of list) {
      const refusal = run(item)
      if (refusal !== undefined) return refusal
    }
    return undefined
  }

  private depend(step: Drafted, nums: ReadonlyArray<number>): Refusal {
    if (nums.length === 0) return undefined
    if (step.status !== "not_started") return "Conflict"
    if (nums.some((num) => num === step.num || this.at(num).status === "cancelled")) return "InvalidInput"
    for (const num of nums) step.dependsOn.add(num)
    return undefined
  }

  private change(step: Drafted, { branch, depends_on, estimate_minutes, files, priority, scope }: PlanOp): Refusal {
    if (step.status !== "not_started") return "Conflict"
    step.branch = branch ?? step.branch
    step.scope = scope ?? step.scope
    step.priority = priority ?? step.priority
    step.estimate = estimate_minutes ?? step.estimate
    step.globs = files ?? step.globs
    if (depends_on === undefined) return undefined
    const more = depends_on.filter((num) => !step.dependsOn.has(num))
    for (const num of step.dependsOn) if (!depends_on.includes(num)) step.dependsOn.delete(num)
    return this.depend(step, more)
  }

  private isCancellable({ status }: Drafted): boolean {
    return status === "not_started" || status === "failed"
  }

  private waitingFor({ num }: Drafted): ReadonlyArray<Drafted> {
    return [...this.steps.values()].filter(({ dependsOn }) => dependsOn.has(num))
  }

  private cancel(step: Drafted, dependents: PlanOp["dependents"]): Refusal {
    if (step.status === "cancelled") return undefined
    if (!this.isCancellable(step)) return "Conflict"
    const waiting = this.waitingFor(step)
    if (waiting.length > 0 && dependents === undefined) return "InvalidInput"
    this.takeOut(step)
    for (const other of waiting) other.dependsOn.delete(step.num)
    return dependents === "follow" ? this.first(waiting, (other) => this.cancel(other, "follow")) : undefined
  }

  private split(step: Drafted, parts: ReadonlyArray<PlannedStep>): Refusal {
    if (!this.isCancellable(step)) return "Conflict"
    const nums = parts.map(({ step_num }) => step_num)
    const before = [...step.dependsOn]
    const after = this.waitingFor(step)
    this.takeOut(step)
    const inner = new Set(parts.flatMap(({ depends_on = [] }) => depends_on))
    const linked = this.first(parts, ({ depends_on = [], step_num }) => {
      const part = this.at(step_num)
      part.priority ??= step.priority
      const isFirst = !depends_on.some((num) => nums.includes(num))
      return this.depend(part, [...depends_on, ...(isFirst ? before : [])])
    })
    if (linked !== undefined) return linked
    return this.first(after, (other) => {
      other.dependsOn.delete(step.num)
      return this.depend(
        other,
        nums.filter((num) => !inner.has(num))
      )
    })
  }

  private reopen(step: Drafted, reason: string | undefined): Refusal {
    const { last, status } = step
    if (status === "not_started" && last?.how === "reopened" && last.reason === reason) return undefined
    const isBuilding = ({ status }: Drafted) => ["claimed", "in_progress", "completed", "merged"].includes(status)
    if (status !== "completed") return "Conflict"
    // Merged ones first, claimed ones last.
    const building = this.waitingFor(step)
      .filter(isBuilding)
      .sort((a, b) => (a.status === b.status ? a.num - b.num : a.status < b.status ? 1 : -1))
    if (building.length > 0) return `Conflict by ${building.slice(0, 10).map(({ id }) => id)}`
    const gone = [
      "agent",
      "session",
      "worktree",
      "claimedAt",
      "startedAt",
      "completedAt",
      "heartbeat",
      "commit",
      "files",
      "notes"
    ]
    for (const field of gone) delete (step as unknown as Record<string, unknown>)[field]
    Object.assign(step, { status: "not_started", lost: 0, last: { how: "reopened", reason } })
    this.reopened.push(step.num)
    return undefined
  }

  private takeOut(step: Drafted): void {
    step.status = "cancelled"
    step.last = undefined
    step.dependsOn.clear()
  }
}

/** Whether a request says something wrong of itself, whatever the state of the steps. @param existing their numbers */
export const isFaulty = (operations: ReadonlyArray<PlanOp>, existing: ReadonlyArray<number>): boolean => {
  const defined = operations.flatMap(
    (one): ReadonlyArray<{ readonly step_num: number }> => (one.op === "add" ? [one] : (one.into ?? []))
  )
  const known = [...existing, ...defined.map(({ step_num }) => step_num)]
  const isUnknown = (num: number) => !known.includes(num)
  const waits = ({ depends_on = [], step_num }: Pick<PlanOp, "depends_on" | "step_num">) =>
    depends_on.some((num) => num === step_num || isUnknown(num))
  return (
    new Set(known).size < known.length ||
    operations.some((operation) => {
      const { branch, dependents, depends_on, into, needed_by, op, reason, scope, step_num, ...more } = operation
      const isNamed =
        depends_on !== undefined || branch !== undefined || scope !== undefined || Object.keys(more).length > 0
      const wrongFields = {
        add: branch === undefined || scope === undefined || dependents !== undefined || into !== undefined,
        change: !isNamed || needed_by !== undefined || dependents !== undefined || into !== undefined,
        cancel: isNamed || needed_by !== undefined || into !== undefined,
        split: isNamed || needed_by !== undefined || dependents !== undefined || into === undefined,
        reopen: isNamed || needed_by !== undefined || dependents !== undefined || reason === undefined
      }
      const isOfNone = op !== "add" && isUnknown(step_num)
      const isNeededWrongly = (needed_by ?? []).some((num) => num === step_num || isUnknown(num))
      return wrongFields[op] || isOfNone || waits(operation) || isNeededWrongly || (into ?? []).some(waits)
    })
  )
}
