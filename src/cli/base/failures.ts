import * as Cause from "effect/Cause"
import * as Data from "effect/Data"
import * as Schema from "effect/Schema"
import { CoordinationError } from "../../domain/Errors.ts"
import { visible } from "../text/visible.ts"
import { type ExitCode, exitCode, exitCodeOf } from "./exitCode.ts"

/** The command line itself is wrong. */
export class UsageError extends Schema.TaggedError<UsageError>()("UsageError", {
  reason: Schema.String,
  /** What to run instead. */
  advice: Schema.String
}) {
  override get message(): string {
    return `${this.reason} ${this.advice}`
  }
}

/** The world around hq does not allow it: a file, another program, a terminal. */
export class CommandFailure extends Schema.TaggedError<CommandFailure>()("CommandFailure", {
  reason: Schema.String,
  /** What to do about it. */
  advice: Schema.String
}) {
  override get message(): string {
    return `${this.reason} ${this.advice}`
  }
}

export const PlanFault = Schema.Struct({
  /** From 1. Absent if the fault is nowhere in particular. */
  line: Schema.optional(Schema.Int),
  /** Dotted path of the wrong value, such as `steps.3.branch`; empty for the file as a whole. */
  path: Schema.String,
  message: Schema.String
})
export type PlanFault = typeof PlanFault.Type

/** A plan file is wrong. Lists every fault; nothing was changed. */
export class InvalidPlan extends Schema.TaggedError<InvalidPlan>()("InvalidPlan", {
  file: Schema.String,
  faults: Schema.Array(PlanFault)
}) {
  override get message(): string {
    const lines = this.faults.map(({ line, message, path }) =>
      [line === undefined ? "" : `line ${line}: `, path === "" ? "" : `${visible(path)} `, visible(message)].join("")
    )
    return [`The plan in ${visible(this.file)} is wrong, and nothing was changed.`, ...lines].join("\n  ")
  }
}

/** What was waited for has not come about. */
export class NotYet extends Schema.TaggedError<NotYet>()("NotYet", {
  reason: Schema.String,
  /** What it is that has not. */
  missing: Schema.Array(Schema.String)
}) {
  override get message(): string {
    return this.reason
  }
}

/** The command has told its answer, part of which went wrong. */
export class Ended extends Data.TaggedError("Ended")<{ readonly code: ExitCode }> {}

/** Advice of a command, for a Conflict: services name tools in theirs, which are for agents. */
export const runNext = (line: string): string => `Run: hq ${line}`

/** The command may stand behind a variable that it needs. */
const isForPeople = (advice: string) => /^Run: (\w+=\S+ |\w+=<[^>]*> )?hq /.test(advice)

/** Every error that a command may end with. */
export const CommandError = Schema.Union(CoordinationError, UsageError, InvalidPlan, CommandFailure, NotYet)
export type CommandError = typeof CommandError.Type

/** An error of a command: its exit code, its words, and its fields for a program. */
export interface Failure {
  readonly code: ExitCode
  readonly text: string
  readonly error: { readonly _tag: string; readonly message: string }
}

const codes = {
  ...exitCodeOf,
  UsageError: exitCode.usage,
  InvalidPlan: exitCode.usage,
  CommandFailure: exitCode.failure,
  NotYet: exitCode.notYet
} as const

const encode = Schema.encodeSync(CommandError)

const quoted = (names: ReadonlyArray<string>) => names.map((name) => `"${name}"`).join(" or ")

/** The words of an error, with commands where those for agents name tools. */
const textOf = (error: CommandError): string => {
  if (error._tag === "NotFound") {
    if (error.entity === "step") {
      const what = typeof error.key === "number" ? `step with id ${error.key}` : error.key
      return `There is no ${what}. See the steps of a project: hq steps <project>`
    }
    const meant = error.nearest === undefined ? "" : ` Did you mean ${quoted(error.nearest)}?`
    return `There is no project named "${error.key}".${meant} See them all: hq projects`
  }
  if (error._tag === "Conflict") {
    if (isForPeople(error.advice)) return error.message
    return error.step_id === undefined ? error.reason : `${error.reason} See why: hq explain ${error.step_id}`
  }
  return error.message
}

/** An error that is known. Its words may quote what others wrote; the lines of a wrong plan are safe as they are. */
export const failure = (error: CommandError): Failure => {
  const message = textOf(error)
  const text = error._tag === "InvalidPlan" ? message : visible(message)
  return { code: codes[error._tag], text, error: { ...encode(error), message } }
}

/** An end that nobody foresaw; an interruption ends a command as its signal does. */
export const unforeseen = (cause: Cause.Cause<never>): Failure => {
  const isInterrupted = Cause.isInterruptedOnly(cause)
  const text = isInterrupted ? "interrupted" : "internal error; HQ_LOG_LEVEL=debug shows what happened"
  return {
    code: isInterrupted ? exitCode.interrupted : exitCode.failure,
    text,
    error: { _tag: isInterrupted ? "Interrupted" : "InternalError", message: text }
  }
}
