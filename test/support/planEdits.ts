import * as Effect from "effect/Effect"
import type { PlanOperation } from "../../src/domain/Requests.ts"
import { hq } from "./hq.ts"

const p = "p"

/** Fields of an operation, as plain values. */
export type Given = { readonly [K in keyof PlanOperation]?: unknown } & {
  readonly op: string
  readonly step_num: number
}

/** Edits the plan of project p. */
export const edit = (...operations: ReadonlyArray<Given>) =>
  hq.updatePlan({ project: p, operations: operations as never, agent_id: "planner" })

/** A step as create_project and the parts of a split take it. */
export const defined = (step_num: number, more: object = {}) => ({
  step_num,
  branch: `step${step_num}/work`,
  scope: "api",
  ...more
})

export const add = (step_num: number, more: Partial<PlanOperation> = {}): Given => ({
  op: "add",
  ...defined(step_num, more)
})

/** Status and dependencies of each step of project p, by number. */
export const planned = Effect.map(hq.getProject({ name: p }), ({ steps }) =>
  Object.fromEntries(steps.map(({ depends_on, status, step_num }) => [step_num, [status, ...(depends_on ?? [])]]))
)
