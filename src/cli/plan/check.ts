import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { entry } from "../base/Command.ts"
import { theirs } from "../text/Style.ts"
import { counted } from "../text/sizes.ts"
import { fileArgument, readPlan, readText } from "./readPlan.ts"

export const check = entry({
  path: "plan check",
  summary: "Name every fault of a plan file, with its line",
  examples: [
    ["plan check plan.yaml", "also says if work has begun on what the file changes"],
    ["plan check - < plan.json", "from standard input"]
  ],
  takes: { file: fileArgument },
  answer: Schema.Struct({ project: Schema.String, steps: Schema.Int, dependencies: Schema.Int }),
  run: ({ file }) =>
    Effect.gen(function* () {
      const { plan } = yield* readPlan(file, yield* readText(file))
      return {
        project: plan.name,
        steps: plan.steps.length,
        dependencies: plan.steps.reduce((sum, { depends_on = [] }) => sum + depends_on.length, 0)
      }
    }),
  show: ({ dependencies, project, steps }, style) => [
    `${style.green("The plan is right:")} ${theirs(project)}, ${counted(steps, "step")}, ${dependencies} ${dependencies === 1 ? "dependency" : "dependencies"}.`
  ]
})
