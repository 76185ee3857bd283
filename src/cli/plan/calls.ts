import { charactersOf } from "../../domain/plan/Size.ts"
import { stepGraph } from "../../domain/plan/StepGraph.ts"
import type { PlanChange, StepDefinition } from "../../domain/Requests.ts"
import { limits } from "../../domain/Text.ts"
import type { WholePlan } from "../../services/Projects.ts"
import type { Comparison } from "./changes.ts"
import type { PlanFile } from "./PlanFile.ts"

/** The calls that make a change, each within the limits of one. */
export interface Calls {
  /** Steps of the call that makes the project; those that it has no room for follow as edits. */
  readonly first: ReadonlyArray<StepDefinition>
  readonly edits: ReadonlyArray<ReadonlyArray<PlanChange>>
}

/** Cuts a list where a part would have too many entries or characters. */
const parts = <A extends PlanChange | StepDefinition>(
  all: ReadonlyArray<A>,
  most: number
): ReadonlyArray<ReadonlyArray<A>> => {
  const found: Array<Array<A>> = []
  let characters = 0
  for (const one of all) {
    const own = charactersOf(one)
    const last = found.at(-1)
    if (last === undefined || last.length === most || characters + own > limits.texts) {
      found.push([one])
      characters = own
    } else {
      last.push(one)
      characters += own
    }
  }
  return found
}

/**
 * The place of each step in an order in which it comes after all that it depends on, before the change or afterwards. Then no part of
 * the change makes a cycle, or opens a step early. Undefined if there is none, because dependencies are turned around.
 */
const placesOf = (plan: PlanFile, before: WholePlan | undefined): ReadonlyMap<number, number> | undefined => {
  const steps = plan.steps.map(({ num }) => ({ id: num }))
  const edges = [
    ...plan.steps.map(({ depends_on = [], num }) => ({ num, depends_on })),
    ...(before?.steps ?? []).map(({ depends_on = [], step_num }) => ({ num: step_num, depends_on }))
  ].flatMap(({ depends_on, num }) => depends_on.map((needed) => ({ step_id: num, depends_on_step_id: needed })))
  const { order } = stepGraph(steps, edges)
  if (order.length < steps.length) return undefined
  return new Map(order.toReversed().map((at, place) => [(steps[at] as { readonly id: number }).id, place]))
}

/** Returns the calls, or undefined if the change needs several and turns dependencies around, which only one call can do. */
export const callsOf = (plan: PlanFile, before: WholePlan | undefined, comparison: Comparison): Calls | undefined => {
  const { added, cancelled, edits } = comparison
  const adds = added.map((step): PlanChange => ({ op: "add", ...step }))
  // Nothing depends any more on what is cancelled, except steps that are done.
  const cancels = cancelled.map((step_num): PlanChange => ({ op: "cancel", step_num, dependents: "drop" }))
  const operations = parts([...adds, ...edits, ...cancels], limits.operations)
  const creations = before === undefined ? parts(added, limits.steps) : []
  if (before === undefined ? creations.length === 1 : operations.length <= 1) {
    return before === undefined ? { first: added, edits: [] } : { first: [], edits: operations }
  }
  const places = placesOf(plan, before)
  if (places === undefined) return undefined
  const place = ({ step_num }: StepDefinition | PlanChange) => places.get(step_num) as number
  if (before === undefined) {
    const ordered = added.toSorted((a, b) => place(a) - place(b))
    const [first = []] = parts(ordered, limits.steps)
    const rest = ordered.slice(first.length).map((step): PlanChange => ({ op: "add", ...step }))
    return { first, edits: parts(rest, limits.operations) }
  }
  const ordered = [...adds, ...edits].toSorted((a, b) => place(a) - place(b))
  return { first: [], edits: parts([...ordered, ...cancels], limits.operations) }
}
