import * as Args from "@effect/cli/Args"
import * as Effect from "effect/Effect"
import { ProjectName } from "../../domain/Ids.ts"
import { Projects } from "../../services/Projects.ts"
import { entry } from "../base/Command.ts"
import { checked } from "../base/checked.ts"
import { fileOf, PlanFile } from "./PlanFile.ts"
import { print } from "./print.ts"

const checkName = checked("project", ProjectName)

export const exportPlan = entry({
  path: "plan export",
  summary: "Write a project's plan as YAML, or with --json as JSON",
  examples: [
    ["plan export myapp > plan.yaml", "to be edited, and imported again"],
    ["plan export myapp --json", "the same for a program"]
  ],
  takes: { project: Args.text({ name: "project" }).pipe(Args.withDescription("The project's name")) },
  answer: PlanFile,
  run: ({ project }) =>
    Effect.gen(function* () {
      const { plan } = yield* Projects
      const whole = yield* plan({ project: yield* checkName(project) })
      return fileOf(whole.project, whole.steps)
    }),
  show: print
})
