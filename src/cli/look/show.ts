import * as Args from "@effect/cli/Args"
import { Step } from "../../domain/Entities.ts"
import { entry } from "../base/Command.ts"
import { findStep } from "../base/references.ts"
import { type Style, theirs } from "../text/Style.ts"

/** Lines of a name and a value each; those without a value are left out. */
const fields = (style: Style, pairs: ReadonlyArray<readonly [name: string, value: string | undefined]>) => {
  const shown = pairs.filter(([, value]) => value !== undefined && value !== "")
  const width = Math.max(0, ...shown.map(([name]) => name.length))
  return shown.map(([name, value]) => `${style.dim(name.padEnd(width))}  ${value}`)
}

const text = (style: Style, title: string, value: string | undefined) =>
  value === undefined ? [] : ["", style.bold(title), ...value.split(/\r?\n/).map((line) => `  ${theirs(line)}`)]

export const show = entry({
  path: "show",
  summary: "Show a step with all that is known of it",
  examples: [
    ["show myapp#7", "step 7 of myapp"],
    ["show 42 --json", "the step with id 42, for a program"]
  ],
  takes: { step: Args.text({ name: "step" }).pipe(Args.withDescription("Such as myapp#7, or an id")) },
  answer: Step,
  run: ({ step }) => findStep(step),
  show: (step, style) => [
    ...fields(style, [
      ["step", `${step.step_num} (id ${step.id})`],
      ["title", theirs(step.title)],
      ["status", step.status],
      ["attempt", step.attempt === 0 ? undefined : String(step.attempt)],
      ["agent", theirs(step.agent_id)],
      ["branch", theirs(step.branch)],
      ["scope", theirs(step.scope)],
      ["worktree", theirs(step.worktree)],
      ["depends on", step.depends_on?.join(", ")],
      ["claimed", step.claimed_at],
      ["started", step.started_at],
      ["last sign of life", step.last_heartbeat],
      ["lease until", step.lease_expires_at],
      ["completed", step.completed_at],
      ["commit", theirs(step.last_commit)],
      ["merged as", theirs(step.merge_commit)],
      ["files", step.files?.map(theirs).join(", ")],
      ["files modified", step.files_modified?.map(theirs).join(", ")]
    ]),
    ...text(style, "Description", step.description),
    ...text(style, "Notes", step.notes)
  ]
})
