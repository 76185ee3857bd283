import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type { Step } from "../../domain/Entities.ts"
import type { NotFound, StorageError } from "../../domain/Errors.ts"
import { ProjectName, StepId, StepNum } from "../../domain/Ids.ts"
import { Steps } from "../../services/Steps.ts"
import { UsageError } from "./failures.ts"

/** A step as a person names it: by its id, or as `project#7`. */
export type StepReference =
  | { readonly _tag: "Id"; readonly id: StepId }
  | { readonly _tag: "Number"; readonly project: ProjectName; readonly num: number }

const isStepId = Schema.is(StepId)
const isStepNum = Schema.is(StepNum)
const isProjectName = Schema.is(ProjectName)

/** Whether a text names a step where it could also name a project: an id, or a project and a number. */
export const isStepReference = (text: string): boolean => /^\d+$|#\d+$/.test(text)

/** Reads a step's name. Fails with UsageError if it is none. */
export const stepReference = (text: string): Effect.Effect<StepReference, UsageError> => {
  const [, project, number] = /^(.+)#(\d+)$/s.exec(text) ?? []
  const num = Number(number)
  if (project !== undefined && isProjectName(project) && isStepNum(num)) {
    return Effect.succeed({ _tag: "Number", project, num })
  }
  const id = Number(text)
  if (/^\d+$/.test(text) && isStepId(id)) return Effect.succeed({ _tag: "Id", id })
  return new UsageError({
    reason: `"${text}" is not a step.`,
    advice: "Name it by its project and number, such as myapp#7, or by its id, such as 42."
  })
}

/** Finds the step, whole. */
export const findStep = (text: string): Effect.Effect<Step, UsageError | NotFound | StorageError, Steps> =>
  Effect.gen(function* () {
    const reference = yield* stepReference(text)
    const steps = yield* Steps
    return yield* steps.get(
      reference._tag === "Id" ? { step_id: reference.id } : { project: reference.project, step_num: reference.num }
    )
  })
