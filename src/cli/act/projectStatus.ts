import * as Args from "@effect/cli/Args"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { Project } from "../../domain/Entities.ts"
import { ProjectName } from "../../domain/Ids.ts"
import type { GivenStatus } from "../../domain/Status.ts"
import { ProjectStatus } from "../../domain/Status.ts"
import { Projects } from "../../services/Projects.ts"
import { actor } from "../base/actor.ts"
import { entry } from "../base/Command.ts"
import { checked } from "../base/checked.ts"
import { confirm, dryRun, yes } from "../base/confirm.ts"
import { shellWord } from "../text/references.ts"
import { type Style, theirs } from "../text/Style.ts"

export const projectArgument = Args.text({ name: "project" }).pipe(Args.withDescription("The project's name"))

const checkName = checked("project", ProjectName)

/** Reads the project; fails with NotFound if there is none of that name. */
export const findProject = (given: string) =>
  Effect.gen(function* () {
    const name = yield* checkName(given)
    const { get } = yield* Projects
    return (yield* get({ name, limit: 1 })).project
  })

export const atWork = ({ step_counts: { claimed = 0, in_progress = 0 } }: Project): number => claimed + in_progress

const Changed = Schema.Struct({
  project: Project,
  /** Its status before. */
  from: ProjectStatus,
  /** Its status afterwards, or what it would be. */
  to: ProjectStatus,
  dry_run: Schema.Boolean
})

const goOn = (project: Project): ReadonlyArray<string> => {
  const held = atWork(project)
  return held === 0 ? [] : [`${held} ${held === 1 ? "step that is" : "steps that are"} at work may end.`]
}

const show = ({ dry_run, from, project, to }: typeof Changed.Type, style: Style) => {
  const name = theirs(project.name)
  if (from === to) return [`${name} is ${to} already.`]
  const what = dry_run ? `Would set ${name}` : `${style.green("Set")} ${name}`
  return [`${what}: ${from} -> ${to}`, ...(to === "active" ? [] : goOn(project))]
}

const change = (name: string, status: typeof GivenStatus.Type, isDry: boolean, ask = (_: Project) => confirmed) =>
  Effect.gen(function* () {
    const before = yield* findProject(name)
    const { update } = yield* Projects
    if (!isDry) yield* ask(before)
    const project = isDry ? before : yield* update({ name: before.name, status, agent_id: actor() })
    return { project, from: before.status, to: isDry ? expected(before, status) : project.status, dry_run: isDry }
  })

const confirmed: ReturnType<typeof confirm> = Effect.void

/** A project whose steps are all done completes by itself. */
const expected = ({ step_counts, total_steps }: Project, status: ProjectStatus): ProjectStatus =>
  status === "active" && (step_counts.completed ?? 0) + (step_counts.merged ?? 0) === total_steps ? "completed" : status

export const pause = entry({
  path: "pause",
  summary: "Let agents take no more steps of a project; what is at work goes on",
  examples: [["pause myapp", "until: hq resume myapp"]],
  takes: { project: projectArgument, dryRun },
  answer: Changed,
  run: ({ dryRun, project }) => change(project, "paused", dryRun),
  show
})

export const resume = entry({
  path: "resume",
  summary: "Let agents take steps of a paused or aborted project again",
  examples: [["resume myapp", "goes on with myapp"]],
  takes: { project: projectArgument, dryRun },
  answer: Changed,
  run: ({ dryRun, project }) => change(project, "active", dryRun),
  show
})

export const abort = entry({
  path: "abort",
  summary: "Give a project up: agents that wait for its steps are told to stop",
  examples: [["abort myapp --yes", "without a question"]],
  takes: { project: projectArgument, yes, dryRun },
  answer: Changed,
  run: ({ dryRun, project: name, yes }) =>
    change(name, "aborted", dryRun, (project) =>
      yes
        ? confirmed
        : confirm({
            text: [`Abort ${theirs(project.name)}?`, ...goOn(project), "[y/N]"].join(" "),
            again: `abort ${shellWord(name)} --yes`
          })
    ),
  show
})
