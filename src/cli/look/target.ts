import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type { Step } from "../../domain/Entities.ts"
import type { InvalidInput, NotFound, StorageError } from "../../domain/Errors.ts"
import { ProjectName, StepId, StepNum } from "../../domain/Ids.ts"
import { ProjectStatus, StepStatus } from "../../domain/Status.ts"
import { Analytics } from "../../services/Analytics.ts"
import { Overview } from "../../services/Overview.ts"
import { Projects } from "../../services/Projects.ts"
import type { Steps } from "../../services/Steps.ts"
import type { UsageError } from "../base/failures.ts"
import { findStep, isStepReference } from "../base/references.ts"

import { shellWord, stepName } from "../text/references.ts"
import { theirs } from "../text/Style.ts"
import { counted } from "../text/sizes.ts"
import { cureOf } from "./cure.ts"

/** A step or a project that is waited for. */
export const Target = Schema.Struct({
  /** As it was named. */
  name: Schema.String,
  status: Schema.Union(StepStatus, ProjectStatus),
  project: Schema.optional(ProjectName),
  step_id: Schema.optional(StepId),
  step_num: Schema.optional(StepNum)
})
export type Target = typeof Target.Type

export type Until = "completed" | "merged"

/** What has become of a target. */
export type Standing =
  | { readonly _tag: "Reached"; readonly target: Target }
  | { readonly _tag: "Missing"; readonly text: string }
  | { readonly _tag: "Lost"; readonly reason: string; readonly advice: string }

const standingOfStep = (name: string, step: Step, until: Until): Standing => {
  const { agent_id, id, status, step_num } = step
  if (status === "merged" || status === until) {
    return { _tag: "Reached", target: { name, status, step_id: id, step_num } }
  }
  if (status === "failed") {
    const why = step.notes === undefined ? "" : `: ${theirs(step.notes.slice(0, 300))}`
    return {
      _tag: "Lost",
      reason: `${theirs(name)} failed${why}.`,
      advice: `Make it claimable again: hq recover ${id}`
    }
  }
  if (status === "cancelled") {
    return { _tag: "Lost", reason: `${theirs(name)} is cancelled.`, advice: `See: hq show ${id}` }
  }
  return {
    _tag: "Missing",
    text: `${theirs(name)} (${status}${agent_id === undefined ? "" : ` by ${theirs(agent_id)}`})`
  }
}

const abortion = (project: string): Standing => ({
  _tag: "Lost",
  reason: `${theirs(project)} is aborted.`,
  advice: `Go on with it: hq resume ${shellWord(project)}`
})

/** A step that nobody begins until a person acts: behind a failure, or in an aborted project. */
const hopelessness = (
  name: string,
  step: Step
): Effect.Effect<Standing | undefined, InvalidInput | NotFound | StorageError, Analytics | Projects> =>
  Effect.gen(function* () {
    const { project, roots } = yield* Effect.flatMap(Analytics, (_) => _.explainStep({ step_id: step.id }))
    const [failed] = roots.filter(({ status }) => status === "failed")
    if (failed !== undefined) {
      const reason = `${theirs(name)} waits for ${stepName(project, failed.step_num)}, which failed.`
      return { _tag: "Lost", reason, advice: `Make it claimable again: hq recover ${failed.step_id}` }
    }
    const found = yield* Effect.flatMap(Projects, (_) => _.get({ name: project, limit: 1 }))
    return found.project.status === "aborted" ? abortion(project) : undefined
  })

const standingOfProject = (name: string, until: Until): Effect.Effect<Standing, NotFound | StorageError, Overview> =>
  Effect.gen(function* () {
    const { needs, projects } = yield* Effect.flatMap(Overview, (_) => _.status({ project: name as ProjectName }))
    // The report of one project has just that.
    const { blocked, project, ready } = projects[0] as (typeof projects)[number]
    const { claimed = 0, completed = 0, failed = 0, in_progress = 0, merged = 0 } = project.step_counts
    const done = until === "merged" ? merged : completed + merged
    if (done === project.total_steps && project.status !== "aborted") {
      const target = { name, project: project.name, status: project.status }
      return { _tag: "Reached", target }
    }
    if (failed > 0) {
      const cures = needs.filter(({ kind }) => kind === "failed" || kind === "out_of_attempts").map(cureOf)
      return {
        _tag: "Lost",
        reason: `${counted(failed, "step")} of ${theirs(name)} failed.`,
        advice: `Run: ${cures.slice(0, 3).join("; ")}${failed > 3 ? "; and so on" : ""}`
      }
    }
    if (project.status === "aborted") return abortion(name)
    const parts = [
      `${done} of ${project.total_steps} steps ${until}`,
      ...(claimed + in_progress > 0 ? [`${claimed + in_progress} at work`] : []),
      ...(ready > 0 ? [`${ready} ready`] : []),
      ...(blocked > 0 ? [`${blocked} blocked`] : []),
      ...(until === "merged" && completed > 0 ? [`${completed} not merged`] : []),
      ...(project.status === "paused" ? ["paused"] : [])
    ]
    return { _tag: "Missing", text: `${theirs(name)} (${parts.join(", ")})` }
  })

/** Finds out how far a step or a project is. @param name a step's as a person gives it, or a project's */
export const standingOf = (
  name: string,
  until: Until
): Effect.Effect<
  Standing,
  UsageError | InvalidInput | NotFound | StorageError,
  Analytics | Overview | Projects | Steps
> =>
  Effect.gen(function* () {
    if (!isStepReference(name)) return yield* standingOfProject(name, until)
    const step = yield* findStep(name)
    const standing = standingOfStep(name, step, until)
    return step.status === "not_started" ? ((yield* hopelessness(name, step)) ?? standing) : standing
  })
