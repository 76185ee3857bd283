import * as Args from "@effect/cli/Args"
import * as Schema from "effect/Schema"
import { type Conflict, Conflict as Refused } from "../../domain/Errors.ts"
import { StepId } from "../../domain/Ids.ts"
import { type Action, allows } from "../../domain/Lifecycle.ts"
import { isLive, StepStatus } from "../../domain/Status.ts"
import { runNext } from "../base/failures.ts"
import { shellWord } from "../text/references.ts"
import { type Style, theirs } from "../text/Style.ts"

/* What the commands that act on steps have in common. */

/** What was done to a step, and as a verb of what would be done. */
const verbs = { recovered: "recover", released: "release", merged: "merge", reopened: "reopen" } as const

/** What a command did to a step, or would do. */
export const Acted = Schema.Struct({
  /** As the command line names it. */
  step: Schema.String,
  step_id: StepId,
  did: Schema.Literal("recovered", "released", "merged", "reopened"),
  /** Status before and after. */
  from: StepStatus,
  to: StepStatus,
  /** The agent from which it was taken. */
  from_agent: Schema.optional(Schema.String),
  /** Whether nothing was changed. */
  dry_run: Schema.Boolean
})
export type Acted = typeof Acted.Type

export const told = (style: Style, { did, dry_run, from, from_agent, step, to }: Acted): string => {
  const what = dry_run ? `Would ${verbs[did]}` : style.green(`${did[0]?.toUpperCase()}${did.slice(1)}`)
  const whom = from_agent === undefined ? "" : ` from agent "${theirs(from_agent)}"`
  return `${what} ${theirs(step)}${whom}: ${from} -> ${to}`
}

export const oneStep = Args.text({ name: "step" }).pipe(Args.withDescription("Such as myapp#7, or an id"))

/** The command that cures a step of that status which an action does not take. Undefined if explaining it is all that is left. */
const next = (action: Action, status: StepStatus, step: string): string | undefined => {
  if (status === "failed") return `recover ${step}`
  if (isLive(status)) return action === "recover" || action === "release" ? `${action} ${step} --force` : `wait ${step}`
  return status === "completed" && (action === "recover" || action === "release")
    ? `reopen ${step} --reason <why>`
    : undefined
}

/** The refusal of an act in the words of the command line. @param step as it was named */
export const refusal = (action: Action, step: string) => (error: Conflict) => {
  const { reason, status } = error
  if (status === undefined) return error
  const isToolsAdvice = !allows(action, status) && status !== "merged"
  return new Refused({
    ...error,
    reason: isToolsAdvice ? `Step ${step} is ${status}: there is nothing to ${action}.` : reason,
    advice: runNext(next(action, status, shellWord(step)) ?? `explain ${shellWord(step)}`)
  })
}
