import * as Args from "@effect/cli/Args"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { ProjectExplanation, StepExplanation } from "../../domain/answers/Explanations.ts"
import type { ProjectName } from "../../domain/Ids.ts"
import { Analytics } from "../../services/Analytics.ts"
import { entry } from "../base/Command.ts"
import { findStep, isStepReference } from "../base/references.ts"
import { ago, duration } from "../text/ages.ts"
import { andMore, section } from "../text/parts.ts"
import { shellWord, stepName } from "../text/references.ts"
import { type Style, theirs } from "../text/Style.ts"
import { counted } from "../text/sizes.ts"
import { type Column, table } from "../text/table.ts"
import { wrap } from "../text/wrap.ts"
import { nextOf } from "./nextOf.ts"

type Listed = Pick<StepExplanation["roots"][number], "step_num" | "title" | "status" | "agent_id" | "claimed_at">

/** Columns of the steps of one project. @param more stand before the title */
const columns = <Row extends Listed>(
  now: number,
  more: ReadonlyArray<Column<Row>> = []
): ReadonlyArray<Column<Row>> => [
  { title: "STEP", cell: ({ step_num }) => `#${step_num}` },
  { title: "STATUS", cell: ({ status }) => status },
  { title: "AGENT", cell: ({ agent_id }) => theirs(agent_id), least: 5 },
  { title: "FOR", cell: ({ claimed_at, status }) => (status === "failed" ? "" : ago(claimed_at, now)), align: "right" },
  ...more,
  { title: "TITLE", cell: ({ title }) => theirs(title), least: 5 }
]

const drawStep = (step: StepExplanation, style: Style, now: number) => [
  ...wrap(
    style,
    `${style.bold(stepName(step.project, step.step_num))}${step.title === undefined ? "" : `  ${theirs(step.title)}`}`
  ),
  ...wrap(style, theirs(step.reason)),
  ...section(style, "Run", nextOf(step, now).map(style.cyan)),
  ...section(
    style,
    "Waits for",
    table(
      style,
      columns<StepExplanation["waits_for"][number]>(now, [
        { title: "FOR IT WAIT", cell: ({ blocks }) => blocks.map((num) => `#${num}`).join(" "), least: 11 }
      ]),
      step.waits_for
    )
  ),
  ...andMore(style, step.waits_for_more ?? 0, `hq steps ${shellWord(step.project)}`)
]

/** The time of a chain in words. Where no step has an estimate, each counts as a minute, which says nothing. */
const timeOf = ({ length, minutes }: ProjectExplanation["critical_path"]): string =>
  minutes === length ? "" : `: ${duration(60_000 * minutes)} by estimates, with any number of agents`

const drawProject = (project: ProjectExplanation, style: Style, now: number) => {
  const { blocked_by_failed, blocking_most, critical_path: path } = project
  return [
    `${style.bold(theirs(project.project))}  ${project.status}`,
    ...(path.length === 0
      ? ["No step is left."]
      : wrap(style, `The longest chain of unfinished steps has ${counted(path.length, "step")}${timeOf(path)}.`)),
    ...section(style, "Longest chain", table(style, columns(now), path.steps)),
    ...andMore(style, path.length - path.steps.length, `hq steps ${shellWord(project.project)}`),
    ...section(
      style,
      "Hold up most",
      table(
        style,
        columns<ProjectExplanation["blocking_most"][number]>(now, [
          { title: "BLOCKS", cell: ({ blocks_count }) => String(blocks_count), align: "right" }
        ]),
        blocking_most
      )
    ),
    ...section(
      style,
      "Failed, and others wait for them",
      table(
        style,
        [
          { title: "STEP", cell: ({ step_num }) => `#${step_num}` },
          { title: "AGENT", cell: ({ agent_id }) => theirs(agent_id), least: 5 },
          { title: "BLOCKS", cell: ({ blocks }) => blocks.map((num) => `#${num}`).join(" "), least: 8 }
        ] satisfies ReadonlyArray<Column<ProjectExplanation["blocked_by_failed"][number]>>,
        blocked_by_failed
      )
    )
  ]
}

export const explain = entry({
  path: "explain",
  summary: "Explain why a step does not begin, or what decides when a project ends",
  examples: [
    ["explain myapp#7", "what step 7 waits for, and what to do about it"],
    ["explain myapp", "the longest chain, and the steps that hold up most"]
  ],
  takes: {
    subject: Args.text({ name: "step|project" }).pipe(
      Args.withDescription("A step, such as myapp#7 or an id; or a project's name")
    )
  },
  answer: Schema.Struct({ step: Schema.optional(StepExplanation), project: Schema.optional(ProjectExplanation) }),
  run: ({ subject }) =>
    Effect.gen(function* () {
      const analytics = yield* Analytics
      if (!isStepReference(subject)) {
        return { project: yield* analytics.explainProject({ project: subject as ProjectName }) }
      }
      const { id } = yield* findStep(subject)
      return { step: yield* analytics.explainStep({ step_id: id }) }
    }),
  show: ({ project, step }, style, now) => [
    ...(step === undefined ? [] : drawStep(step, style, now)),
    ...(project === undefined ? [] : drawProject(project, style, now))
  ]
})
