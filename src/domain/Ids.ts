import * as Schema from "effect/Schema"
import { Name } from "./Text.ts"

/** Any number. The message of a mismatch does not repeat the value. */
export const AnyNumber = Schema.Number.annotations({ message: () => "must be a number" })

const wholeNumber = (min: number, max: number) =>
  AnyNumber.pipe(
    Schema.between(min, max, { message: () => `must be from ${min} to ${max}` }),
    Schema.int({ message: () => "must be a whole number" })
  )

const rowId = wholeNumber(1, Number.MAX_SAFE_INTEGER)

/** Row id of a project: an integer from 1 to 2^53-1. */
export const ProjectId = rowId.pipe(Schema.brand("hq/ProjectId"))
export type ProjectId = typeof ProjectId.Type

/** Row id of a step, unique over all projects: an integer from 1 to 2^53-1. */
export const StepId = rowId.pipe(Schema.brand("hq/StepId"))
export type StepId = typeof StepId.Type

/** Row id of an event: an integer from 1 to 2^53-1. Later events have higher ids. */
export const EventId = rowId.pipe(Schema.brand("hq/EventId"))
export type EventId = typeof EventId.Type

/** Name that an agent gives itself: 1 to 200 characters. */
export const AgentId = Name.pipe(Schema.brand("hq/AgentId"))
export type AgentId = typeof AgentId.Type

/** Unique name of a project: 1 to 200 characters. */
export const ProjectName = Name.pipe(Schema.brand("hq/ProjectName"))
export type ProjectName = typeof ProjectName.Type

/** Number of a step within its project: an integer from 1 to 2^31-1. */
export const StepNum = wholeNumber(1, 2 ** 31 - 1)

/** Which claim of the step it is: 1, 2, 3… */
export const Attempt = rowId

/** Which revision of the plan it is: 1, 2, 3… */
export const Revision = rowId

/** Priority: an integer from -1,000,000 to 1,000,000. Higher values are claimed first. */
export const Priority = wholeNumber(-1_000_000, 1_000_000)

/** Minutes of work: an integer from 1 to 1,000,000 (two years). */
export const Minutes = wholeNumber(1, 1_000_000)

/** Page size: 1 to 1,000 entries. */
export const Limit = wholeNumber(1, 1000)

/** Maximum number of live claims of an agent: 1 to 1,000. */
export const MaxHeld = wholeNumber(1, 1000)

/** How long a claim may wait, in seconds: 0 to 900. */
export const WaitSeconds = wholeNumber(0, 900)
