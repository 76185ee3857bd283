import * as Args from "@effect/cli/Args"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { Project } from "../../domain/Entities.ts"
import { Priority } from "../../domain/Ids.ts"
import { Projects } from "../../services/Projects.ts"
import { actor } from "../base/actor.ts"
import { entry } from "../base/Command.ts"
import { checked } from "../base/checked.ts"
import { dryRun } from "../base/confirm.ts"
import { theirs } from "../text/Style.ts"
import { findProject, projectArgument } from "./projectStatus.ts"

const checkPriority = checked("n", Priority)

export const priority = entry({
  path: "priority",
  summary: "Show or set a project's priority: agents take steps of the highest first",
  examples: [
    ["priority myapp", "what it is"],
    ["priority myapp 10", "before projects of 9 and less"],
    ["priority myapp -1", "behind those of 0, the default"]
  ],
  takes: {
    project: projectArgument,
    n: Args.text({ name: "n" }).pipe(Args.withDescription("From -1000000 to 1000000"), Args.optional),
    dryRun
  },
  answer: Schema.Struct({ project: Project, from: Priority, to: Priority, dry_run: Schema.Boolean }),
  run: ({ dryRun, n, project: name }) =>
    Effect.gen(function* () {
      const wanted =
        n._tag === "Some" ? yield* checkPriority(/^-?\d+$/.test(n.value) ? Number(n.value) : n.value) : undefined
      const before = yield* findProject(name)
      const { update } = yield* Projects
      const isDry = dryRun || wanted === undefined
      const to = wanted ?? before.priority
      const project = isDry ? before : yield* update({ name: before.name, priority: to, agent_id: actor() })
      return { project, from: before.priority, to, dry_run: dryRun }
    }),
  show: ({ dry_run, from, project, to }, style) => {
    const name = theirs(project.name)
    if (from === to) return [`The priority of ${name} is ${to}.`]
    return [`${dry_run ? "Would set" : style.green("Set")} the priority of ${name}: ${from} -> ${to}`]
  }
})
