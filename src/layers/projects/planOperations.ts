import * as Effect from "effect/Effect"
import type { Step } from "../../domain/Entities.ts"
import { invalidInput } from "../../domain/Errors.ts"
import { begun, builtOn, notCompleted } from "../../domain/Fence.ts"
import { allows } from "../../domain/Lifecycle.ts"
import type { PlanChange, StepDefinition } from "../../domain/Requests.ts"
import { isDone } from "../../domain/Status.ts"
import type { Edit, PlanWriter } from "./planWriter.ts"

/** Dependents that a refusal names at most. */
const maxNamed = 100

/** One operation of an edit. The steps that it names exist; those that it adds are stored, still without dependencies. */
type Operation = (plan: PlanWriter, operation: PlanChange, path: string) => Edit

const add: Operation = ({ at, dependOn, needed }, { depends_on = [], needed_by = [], step_num }, path) =>
  Effect.gen(function* () {
    yield* dependOn([at(step_num)], depends_on.map(needed), `${path}.depends_on`)
    yield* dependOn([...new Set(needed_by)].map(at), [at(step_num)], `${path}.needed_by`)
  })

const change: Operation = (plan, { depends_on, op: _, step_num, ...given }, path) =>
  Effect.gen(function* () {
    const step = plan.at(step_num)
    if (!allows("claim", step.status)) return yield* begun(step)
    const changed = yield* plan.change(step, given)
    if (depends_on === undefined) return
    const wanted = new Set(depends_on)
    const dropped = (yield* plan.neededBy(step)).filter(({ step_num }) => !wanted.delete(step_num))
    yield* plan.dependNoMore([step], dropped, path)
    yield* plan.dependOn([changed], [...wanted].map(plan.needed), `${path}.depends_on`)
  })

/** The step and all that wait for it, directly or not; refused unless none of them has begun, failed ones aside. */
const withFollowers = (plan: PlanWriter, first: Step, path: string) =>
  Effect.gen(function* () {
    const found = new Map([[first.id, first]])
    for (const step of found.values()) {
      yield* plan.roomFor(found.size, path)
      const dependents = yield* plan.dependentsOf(step, found)
      yield* plan.dependNoMore(
        dependents.filter(({ status }) => isDone(status)),
        [step],
        path
      )
      for (const dependent of dependents) {
        if (isDone(dependent.status)) continue
        if (allows("cancel", dependent.status)) found.set(dependent.id, dependent)
        else return yield* begun(dependent)
      }
    }
    return [...found.values()]
  })

const cancel: Operation = (plan, { dependents, step_num }, path) =>
  Effect.gen(function* () {
    const step = plan.at(step_num)
    if (step.status === "cancelled") return
    if (!allows("cancel", step.status)) return yield* begun(step)
    const waiting = yield* plan.dependentsOf(step)
    if (dependents === undefined && waiting.length > 0) {
      const nums = waiting.slice(0, maxNamed).map((dependent) => dependent.step_num)
      return yield* invalidInput(`${path}.dependents`, `must be follow or drop: steps ${nums.join(", ")} wait for it`)
    }
    if (dependents === "follow") {
      for (const follower of yield* withFollowers(plan, step, path)) {
        yield* plan.cancel(follower, follower.id === step.id ? {} : { followed: step_num }, path)
      }
      return
    }
    yield* plan.roomFor(waiting.length, path)
    yield* plan.dependNoMore(waiting, [step], path)
    yield* plan.cancel(step, {}, path)
  })

const split: Operation = (plan, { into = [], step_num }, path) =>
  Effect.gen(function* () {
    const step = plan.at(step_num)
    if (!allows("cancel", step.status)) return yield* begun(step)
    const nums = new Set(into.map((part) => part.step_num))
    const before = yield* plan.neededBy(step)
    const after = yield* plan.dependentsOf(step)
    yield* plan.roomFor(after.length, path)
    const isFirst = ({ depends_on = [] }: StepDefinition) => !depends_on.some((num) => nums.has(num))
    const within = new Set(into.flatMap(({ depends_on = [] }) => depends_on))
    const last = [...nums].filter((num) => !within.has(num)).map(plan.at)
    // First of all: nothing can depend on it from here on, not even its parts.
    yield* plan.cancel(step, { split_into: [...nums] }, path)
    for (const [index, part] of into.entries()) {
      const needed = [...(part.depends_on ?? []).map(plan.needed), ...(isFirst(part) ? before : [])]
      yield* plan.dependOn([plan.at(part.step_num)], needed, `${path}.into.${index}.depends_on`)
    }
    yield* plan.dependNoMore(after, [step], path)
    yield* plan.dependOn(after, last, path)
  })

/** A repeated call changes nothing. */
const reopen: Operation = (plan, { reason = "", step_num }) =>
  Effect.gen(function* () {
    const step = plan.at(step_num)
    if (!allows("reopen", step.status)) {
      if (step.status === "not_started" && (yield* plan.isReopened(step, reason))) return
      return yield* notCompleted(step)
    }
    if (yield* plan.reopen(step, reason)) return
    const [first, ...more] = yield* plan.buildingOn(step)
    if (first === undefined) return yield* notCompleted(step)
    return yield* builtOn(step, [first, ...more])
  })

export const planOperations: { readonly [Op in PlanChange["op"]]: Operation } = {
  add,
  change,
  cancel,
  split,
  reopen
}
