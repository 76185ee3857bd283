import * as Options from "@effect/cli/Options"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { Step } from "../../domain/Entities.ts"
import { ProjectName } from "../../domain/Ids.ts"
import { StepStatus } from "../../domain/Status.ts"
import { Projects } from "../../services/Projects.ts"
import { everyProject, everyStep } from "../../services/pages.ts"
import { openProjects, optionalProject } from "../base/arguments.ts"
import { entry } from "../base/Command.ts"
import { ago } from "../text/ages.ts"
import { stepName } from "../text/references.ts"
import { type Style, theirs } from "../text/Style.ts"
import { table } from "../text/table.ts"

const ListedStep = Schema.Struct({ project: ProjectName, ...Step.fields })
type ListedStep = typeof ListedStep.Type

const stepsOf = (name: ProjectName) =>
  Effect.map(
    Effect.flatMap(Projects, (projects) => everyStep(projects, name)),
    (steps) => steps.map((step): ListedStep => ({ project: name, ...step }))
  )

const namesOfOpen = Effect.map(
  Effect.forEach(["active", "paused"] as const, (status) =>
    Effect.flatMap(Projects, (projects) => everyProject(projects, { status }))
  ),
  (found) => found.flat().map(({ name }) => name)
)

const statusColour = (style: Style, status: StepStatus): string =>
  status === "failed"
    ? style.red(status)
    : status === "claimed" || status === "in_progress"
      ? style.green(status)
      : status === "not_started"
        ? status
        : style.dim(status)

/** When a step came to its present status, as far as its row says. */
const since = (step: ListedStep): string | undefined => {
  if (step.status === "claimed") return step.claimed_at
  return step.status === "in_progress" ? (step.started_at ?? step.claimed_at) : step.completed_at
}

export const steps = entry({
  path: "steps",
  summary: "List steps by number, with what they wait for",
  examples: [
    ["steps myapp", "all steps of a project"],
    ["steps --status failed", "failed steps of all projects that are active or paused"],
    ["steps myapp --scope api", "those of one scope"]
  ],
  takes: {
    project: optionalProject(openProjects),
    status: Options.choice("status", StepStatus.literals).pipe(
      Options.withDescription("Only those of this status"),
      Options.optional
    ),
    scope: Options.text("scope").pipe(Options.withDescription("Only those of this scope"), Options.optional)
  },
  answer: Schema.Struct({ steps: Schema.Array(ListedStep) }),
  run: ({ project, scope, status }) =>
    Effect.gen(function* () {
      const names = Option.isSome(project) ? [project.value as ProjectName] : yield* namesOfOpen
      const all = yield* Effect.forEach(names, stepsOf)
      const wanted = Option.map(scope, (text) => text.toLowerCase())
      return {
        steps: all
          .flat()
          .filter(
            (step) =>
              (Option.isNone(status) || step.status === status.value) &&
              (Option.isNone(wanted) || step.scope.toLowerCase() === wanted.value)
          )
      }
    }),
  show: ({ steps }, style, now) =>
    steps.length === 0
      ? ["No such steps."]
      : table(
          style,
          [
            { title: "STEP", cell: ({ project, step_num }) => stepName(project, step_num), least: 8 },
            { title: "STATUS", cell: ({ status }) => statusColour(style, status) },
            { title: "SINCE", cell: (step) => ago(since(step), now), align: "right" },
            { title: "AGENT", cell: ({ agent_id }) => theirs(agent_id), least: 5 },
            { title: "SCOPE", cell: ({ scope }) => theirs(scope), least: 5 },
            { title: "AFTER", cell: ({ depends_on = [] }) => depends_on.join(","), least: 5 },
            { title: "TITLE", cell: ({ branch, title }) => theirs(title ?? branch), least: 5 }
          ],
          steps
        )
})
