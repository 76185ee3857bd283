import * as Context from "effect/Context"
import type * as Duration from "effect/Duration"
import type * as Effect from "effect/Effect"
import type { ClaimedStep } from "../domain/Claim.ts"
import type { Conflict, InvalidInput, NotFound, StorageError } from "../domain/Errors.ts"
import type { AgentId, ProjectName } from "../domain/Ids.ts"
import type { CannotWork, GiveBack, ProgramFailed, WorkEvent, WorkSummary } from "../domain/Work.ts"

/** One attempt at a step, as its command gets it. */
export interface Job {
  readonly project: ProjectName
  readonly step: ClaimedStep
  readonly agent_id: AgentId
  /** Folder of the step's git worktree, on its branch, with the commits of its dependencies. */
  readonly worktree: string
  /** What an agent must know, as text: the step, what it builds on, how earlier attempts ended, how to finish. */
  readonly brief: string
  /** The file to which `log` appends. */
  readonly logFile: string
  /** Appends output to the step's log. The reason of a failure ends with its last lines. */
  readonly log: (output: Uint8Array) => Effect.Effect<void>
  /** The last line of that output that is not blank, without colours. It may hold other characters that a terminal acts upon. */
  readonly lastLine: () => string
  /** Whether the step is not this attempt's any more: then the command is interrupted, and nothing is worth a grace. */
  readonly isLost: () => boolean
  /**
   * Notes a process group that works in the worktree, by the id of its leader. If this process is killed, no other attempt begins there before
   * that group has ended.
   */
  readonly noteGroup: (leader: number) => Effect.Effect<void>
}

/**
 * Does the work of one attempt. Success completes the step; `GiveBack` releases it; `CannotWork` releases it and ends the work; any other
 * error fails the step. Interrupted when the step is lost, when the timeout is over, or when the work is interrupted.
 */
export type Command<E = unknown, R = never> = (job: Job) => Effect.Effect<void, E, R>

export interface WorkOptions {
  readonly project: ProjectName
  /** How many steps are at work at the same time. */
  readonly agents: number
  /** What the agents' ids begin with. Default: "work". */
  readonly name?: string
  /** Only steps with these scopes. */
  readonly scopes?: readonly [string, ...ReadonlyArray<string>]
  /** A folder of the git repository. Default: the current one. */
  readonly folder?: string
  /** An attempt that takes longer fails. Default: none. */
  readonly timeout?: Duration.Duration
  /** How many times a failed step is tried again, those included that had failed before. Default: 0. */
  readonly retry?: number
  /** Whether to commit what the command leaves uncommitted. Default: true. */
  readonly commit?: boolean
  /** A branch into which completed steps are merged, in the order of their dependencies. Default: none. */
  readonly mergeInto?: string
  /** Once it has ended, no step is claimed any more, and the work ends with the steps at work. */
  readonly until?: Effect.Effect<unknown>
  /** Gets each event as it happens. */
  readonly onEvent?: (event: WorkEvent) => Effect.Effect<void>
}

export type WorkError = CannotWork | NotFound | Conflict | InvalidInput | StorageError

/**
 * Puts commands to work on the steps of a project, in git worktrees beside the repository. `Sweeper.layer` and `Renewer.layer` belong beside
 * it. See docs/cli.md, "Put agents to work".
 */
export class Worker extends Context.Tag("hq/Worker")<
  Worker,
  {
    /**
     * Claims steps and runs the command for each, until all are done, or those left wait for somebody else: failed steps, or an aborted
     * project. Renews the lease of a step while its command runs. If it is interrupted, it interrupts the commands and releases their steps.
     * Fails with CannotWork if the repository or the command cannot be used, and with NotFound if the project does not exist.
     */
    readonly work: <E, R>(options: WorkOptions, command: Command<E, R>) => Effect.Effect<WorkSummary, WorkError, R>

    /**
     * Returns the command that runs a program in the worktree: the brief on its standard input and for `{brief}` in its arguments;
     * HQ_PROJECT, HQ_STEP, HQ_ATTEMPT and HQ_BRANCH in its environment; its output in the log. Exit code 0 is success, 75 gives the step
     * back. Its process group gets SIGTERM, and SIGKILL 5 seconds later, if it is interrupted; also if this process is killed.
     */
    readonly program: (program: string, args: ReadonlyArray<string>) => Command<ProgramFailed | GiveBack | CannotWork>
  }
>() {}
