import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { Need, StatusReport } from "../../domain/answers/Overviews.ts"
import type { ProjectName } from "../../domain/Ids.ts"
import { Overview } from "../../services/Overview.ts"
import { openProjects, optionalProject } from "../base/arguments.ts"
import { entry } from "../base/Command.ts"
import { cureOf } from "./cure.ts"
import { drawStatus } from "./drawStatus.ts"

/** The service's report, and the command that does what is needed. */
export const StatusAnswer = Schema.Struct({
  ...StatusReport.fields,
  needs: Schema.Array(Schema.Struct({ ...Need.fields, cure: Schema.String }))
})

export const readStatus = (project: Option.Option<string>) =>
  Effect.map(
    Effect.flatMap(Overview, (_) => _.status({ project: Option.getOrUndefined(project) as ProjectName | undefined })),
    (report) => ({ ...report, needs: report.needs.map((need) => ({ ...need, cure: cureOf(need) })) })
  )

export const status = entry({
  path: "status",
  summary: "Show what needs you, who works on what, and how far projects are",
  examples: [
    ["status", "all that are active or paused"],
    ["status myapp", "one project"]
  ],
  takes: { project: optionalProject(openProjects) },
  answer: StatusAnswer,
  run: ({ project }) => readStatus(project),
  show: (report, style, now) =>
    report.projects.length === 0
      ? ["No project is active or paused. All projects: hq projects"]
      : drawStatus(report, style, now)
})
