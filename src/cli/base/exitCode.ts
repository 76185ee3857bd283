import type { CoordinationError } from "../../domain/Errors.ts"

/** Exit codes of every command, which scripts rely on. */
export const exitCode = {
  ok: 0,
  failure: 1,
  usage: 2,
  notFound: 3,
  conflict: 4,
  busy: 5,
  notYet: 8,
  interrupted: 130
} as const

export type ExitCode = (typeof exitCode)[keyof typeof exitCode]

export const exitCodeOf: { readonly [Tag in CoordinationError["_tag"]]: ExitCode } = {
  NotFound: exitCode.notFound,
  Conflict: exitCode.conflict,
  DependencyUnmet: exitCode.conflict,
  InvalidInput: exitCode.usage,
  StorageBusy: exitCode.busy,
  StorageFailure: exitCode.failure,
  OutcomeUnknown: exitCode.failure
}
