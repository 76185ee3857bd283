import type { Model } from "./linearizability.ts"

/* A plan that is only added to: which edits it has seen, in which order. */

export type PlanCall =
  | { readonly tool: "get_project" }
  /** Brings in one thing that no other edit brings, at that revision only or at any. */
  | { readonly tool: "update_plan"; readonly brings: string; readonly expected: number | undefined }

/** What the caller was told of the plan. */
export interface SeenPlan {
  readonly isRefused: boolean
  readonly revision?: number
  /** All that edits have brought. */
  readonly has?: ReadonlyArray<string>
}

export interface PlanState {
  readonly revision: number
  readonly has: ReadonlyArray<string>
}

const isSame = (a: ReadonlyArray<string>, b: ReadonlyArray<string>): boolean =>
  JSON.stringify(a.toSorted()) === JSON.stringify(b.toSorted())

const fits = (state: PlanState, { has, revision }: SeenPlan): boolean =>
  (revision === undefined || revision === state.revision) && (has === undefined || isSame(has, state.has))

export const planModel: Model<PlanState, PlanCall, SeenPlan> = {
  initial: { revision: 1, has: [] },
  step: (state, call, seen) => {
    const isEdit = call.tool === "update_plan"
    const isAllowed = !isEdit || call.expected === undefined || call.expected === state.revision
    const next = isEdit && isAllowed ? { revision: state.revision + 1, has: [...state.has, call.brings] } : state
    // Nobody can tell whether a call without an answer happened that changes nothing.
    if (seen === undefined) return next === state ? undefined : next
    return seen.isRefused !== isAllowed && fits(next, seen) ? next : undefined
  }
}
