import * as Options from "@effect/cli/Options"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { Project, type StepCounts } from "../../domain/Entities.ts"
import { ProjectStatus } from "../../domain/Status.ts"
import { Projects } from "../../services/Projects.ts"
import { everyProject } from "../../services/pages.ts"
import { entry } from "../base/Command.ts"
import { ago } from "../text/ages.ts"
import { type Style, theirs } from "../text/Style.ts"
import { table } from "../text/table.ts"

const done = ({ completed = 0, merged = 0 }: StepCounts): number => completed + merged

const colourOf = (style: Style, status: ProjectStatus) =>
  ({ active: style.green, paused: style.yellow, aborted: style.red, completed: style.dim })[status](status)

export const projects = entry({
  path: "projects",
  summary: "List projects, those of the highest priority first",
  examples: [["projects --status active", "those that agents work on"]],
  takes: {
    status: Options.choice("status", ProjectStatus.literals).pipe(
      Options.withDescription("Only those of this status"),
      Options.optional
    )
  },
  answer: Schema.Struct({ projects: Schema.Array(Project) }),
  run: ({ status }) =>
    Effect.map(
      Effect.flatMap(Projects, (_) => everyProject(_, status._tag === "Some" ? { status: status.value } : {})),
      (projects) => ({ projects })
    ),
  show: ({ projects }, style, now) =>
    projects.length === 0
      ? ["No projects. An agent makes one with create_project, and you with: hq plan import <file>"]
      : table(
          style,
          [
            { title: "PROJECT", cell: ({ name }) => theirs(name), least: 12 },
            { title: "STATUS", cell: ({ status }) => colourOf(style, status) },
            { title: "DONE", cell: (_) => `${done(_.step_counts)}/${_.total_steps}`, align: "right" },
            {
              title: "AT WORK",
              cell: ({ step_counts: { claimed = 0, in_progress = 0 } }) => String(claimed + in_progress),
              align: "right"
            },
            {
              title: "FAILED",
              cell: ({ step_counts: { failed = 0 } }) => (failed === 0 ? "0" : style.red(String(failed))),
              align: "right"
            },
            { title: "PRIORITY", cell: ({ priority }) => String(priority), align: "right" },
            { title: "AGE", cell: ({ created_at }) => ago(created_at, now), align: "right" }
          ],
          projects
        )
})
