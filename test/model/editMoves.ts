import * as fc from "fast-check"
import { hq } from "../support/hq.ts"
import { agents, calling, given, maybe, oneOf, process, projects } from "./arguments.ts"
import type { PlanOp } from "./Draft.ts"
import { edited, type PlanUpdate, shown } from "./Edits.ts"
import type { Model } from "./Model.ts"
import { Move } from "./Move.ts"
import type { PlannedStep } from "./Plans.ts"
import { facts } from "./planMoves.ts"

/** Places in the list of the steps that can be meant. */
const places = fc.array(fc.nat({ max: 40 }), { maxLength: 2 })

const part = fc.record({ ...facts, waitsFor: places, isAfterLast: fc.boolean() })

/** What is wrong with an operation; mostly nothing. */
const wrong = oneOf(
  ...Array.from({ length: 70 }, () => "nothing" as const),
  ...(["number", "unknown step", "itself", "more fields", "fewer fields", "any step"] as const)
)

const planned = fc.record({
  op: oneOf(
    "add" as const,
    "add" as const,
    "change" as const,
    "change" as const,
    "cancel" as const,
    "split" as const,
    "reopen" as const
  ),
  at: fc.nat({ max: 40 }),
  waitsFor: maybe(places),
  neededBy: fc.array(fc.nat({ max: 40 }), { maxLength: 2 }),
  reason: oneOf("wrong", "wrong", "missing"),
  dependents: oneOf(undefined, "follow" as const, "drop" as const, "drop" as const, "drop" as const),
  parts: fc.array(part, { minLength: 1, maxLength: 3 }),
  wrong,
  ...facts
})
type Planned = typeof planned extends fc.Arbitrary<infer A> ? A : never

/** Numbers of no step. */
const unknown = 99_999

/** Makes operations one after the other: each may speak of what those before it have added. */
class Editor {
  private readonly nums: Array<number>
  private readonly open: Array<number>
  private readonly done: ReadonlyArray<number>

  constructor(model: Model, project: string) {
    const steps = model.stepsOf(project)
    this.nums = steps.map(({ num }) => num)
    const open = steps.filter(({ status }) => status === "not_started" || status === "failed")
    const done = steps.filter(({ last, status }) => status === "completed" || last?.how === "reopened")
    this.done = done.map(({ num }) => num)
    // Those that were taken from their agents come more often: these may still complete them.
    this.open = open.flatMap(({ last, num }) => (last === undefined ? [num] : [num, num, num]))
  }

  readonly make = (operation: Planned): PlanOp => {
    const { at, dependents, neededBy, op, reason, waitsFor, wrong, parts, ...facts } = operation
    const target = wrong === "any step" || this.open.length === 0 ? this.any(at) : this.among(this.open, at)
    const depends_on =
      waitsFor && (wrong === "any step" ? waitsFor.map((place) => this.any(place)) : this.some(waitsFor))
    const named = { add: { step_num: this.next(), branch: "b" }, change: { step_num: target } }
    const right: PlanOp =
      op === "add" || op === "change"
        ? { op, ...named[op], ...given({ ...facts, depends_on }) }
        : op === "cancel"
          ? { op, step_num: target, ...given({ dependents }) }
          : op === "split"
            ? { op, step_num: target, into: this.partsOf(parts) }
            : {
                op,
                step_num: wrong === "any step" || this.done.length === 0 ? target : this.among(this.done, at),
                reason
              }
    const needed_by = op === "add" && neededBy.length > 0 ? { needed_by: this.some(neededBy) } : {}
    for (const { step_num } of op === "add" ? [right] : (right.into ?? [])) {
      this.nums.push(step_num)
      this.open.push(step_num)
    }
    return this.spoilt({ ...right, ...needed_by }, wrong)
  }

  private readonly partsOf = (parts: Planned["parts"]): ReadonlyArray<PlannedStep> => {
    const first = this.next()
    return parts.map(({ isAfterLast, scope, waitsFor, ...facts }, index): PlannedStep => {
      const depends_on = [...this.some(waitsFor.slice(0, 1)), ...(isAfterLast && index > 0 ? [first + index - 1] : [])]
      return { step_num: first + index, branch: "b", scope, ...given(facts), depends_on }
    })
  }

  private readonly spoilt = (operation: PlanOp, wrong: Planned["wrong"]): PlanOp => {
    const { branch: _, into: __, reason: ___, ...fewer } = operation
    switch (wrong) {
      case "number":
        return { ...operation, step_num: operation.op === "add" ? this.any(0) : unknown }
      case "unknown step":
        return { ...operation, depends_on: [unknown] }
      case "itself":
        return { ...operation, [operation.op === "add" ? "needed_by" : "depends_on"]: [operation.step_num] }
      case "more fields":
        return { ...operation, [operation.op === "cancel" ? "scope" : "dependents"]: "drop" }
      case "fewer fields":
        return operation.op === "change" ? { op: "change", step_num: operation.step_num } : fewer
      default:
        return operation
    }
  }

  private readonly among = (nums: ReadonlyArray<number>, place: number): number =>
    nums.length === 0 ? unknown : (nums[place % nums.length] as number)

  private readonly any = (place: number): number => this.among(this.nums, place)

  /** Mostly of those that have not begun. */
  private readonly some = (places: ReadonlyArray<number>): ReadonlyArray<number> =>
    places.flatMap((place) => {
      const nums = place % 4 === 0 ? this.nums : this.open
      return nums.length === 0 ? [] : [this.among(nums, place)]
    })

  private readonly next = (): number => 1 + Math.max(0, ...this.nums)
}

export const updatePlan = fc
  .record({
    process,
    project: oneOf("p", "p", "p", "p", ...projects),
    operations: fc.array(planned, { minLength: 1, maxLength: 4 }),
    revision: oneOf(undefined, undefined, undefined, undefined, undefined, 0, 0, 0, -1, 1),
    agent_id: maybe(oneOf(...agents))
  })
  .map(
    ({ process, project, operations, revision, agent_id }) =>
      new Move((model) => {
        const is = model.projects.get(project)?.revision ?? 1
        const editor = new Editor(model, project)
        const request: PlanUpdate = {
          project,
          operations: operations.map(editor.make),
          ...given({ agent_id, expected_revision: revision === undefined ? undefined : Math.max(1, is + revision) })
        }
        const text = `updatePlan ${JSON.stringify(request)}`
        const call = hq.updatePlan(request as never)
        return calling(process, text, model.updatePlan(request), call, edited)
      })
  )

export const show = fc
  .record({ process, name: oneOf(...projects) })
  .map(
    ({ process, name }) =>
      new Move((model) =>
        calling(process, `get ${name}`, model.show(name), hq.getProject({ name, limit: 1000 }), ({ project, steps }) =>
          shown(project as never, steps)
        )
      )
  )
