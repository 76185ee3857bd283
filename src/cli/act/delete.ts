import * as Options from "@effect/cli/Options"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { Project } from "../../domain/Entities.ts"
import { Conflict } from "../../domain/Errors.ts"
import { Projects } from "../../services/Projects.ts"
import { actor } from "../base/actor.ts"
import { entry } from "../base/Command.ts"
import { confirm, dryRun, yes } from "../base/confirm.ts"
import { runNext } from "../base/failures.ts"
import { shellWord } from "../text/references.ts"
import { theirs } from "../text/Style.ts"
import { counted } from "../text/sizes.ts"
import { atWork, findProject, projectArgument } from "./projectStatus.ts"

const sizeOf = (project: Project): string => {
  const held = atWork(project)
  const steps = counted(project.total_steps, "step")
  return held === 0 ? steps : `${steps}, of which agents hold ${held}`
}

export const deleteProject = entry({
  path: "delete",
  summary: "Delete a project and its steps for good; its events and branches stay",
  examples: [
    ["delete myapp", "asks for the name, to be sure"],
    ["delete myapp --yes --force", "without a question, even while agents hold steps"]
  ],
  takes: {
    project: projectArgument,
    force: Options.boolean("force").pipe(Options.withDescription("Even while agents hold steps")),
    yes,
    dryRun
  },
  answer: Schema.Struct({
    /** As it was. */
    project: Project,
    /** Claims that ended. */
    claims: Schema.Int,
    dry_run: Schema.Boolean
  }),
  run: ({ dryRun, force, project: name, yes }) =>
    Effect.gen(function* () {
      const project = yield* findProject(name)
      const again = `delete ${shellWord(project.name)}${force ? " --force" : ""} --yes`
      const held = new Conflict({
        reason: `Agents hold ${atWork(project)} of the steps of "${project.name}".`,
        advice: runNext(`delete ${shellWord(project.name)} --force`)
      })
      if (atWork(project) > 0 && !force) return yield* held
      if (dryRun) return { project, claims: atWork(project), dry_run: true }
      if (!yes) {
        const text = `This deletes ${theirs(project.name)} with ${sizeOf(project)}, for good. Type its name to go on:`
        yield* confirm({ text, expected: project.name, again })
      }
      const projects = yield* Projects
      const remove = projects.delete({ name: project.name, force, agent_id: actor() })
      const { claims } = yield* Effect.catchTag(
        remove,
        "Conflict",
        (error) => new Conflict({ ...error, advice: held.advice })
      )
      return { project, claims, dry_run: false }
    }),
  show: ({ dry_run, project }, style) => [
    `${dry_run ? "Would delete" : style.green("Deleted")} ${theirs(project.name)} with ${sizeOf(project)}.`
  ]
})
