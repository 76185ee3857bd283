import type { FileSystem } from "@effect/platform/FileSystem"
import type { Path } from "@effect/platform/Path"
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Scope from "effect/Scope"
import type { ClaimedStep } from "../../domain/Claim.ts"
import type { AgentId } from "../../domain/Ids.ts"
import { CannotWork, GiveBack, type WorkEvent } from "../../domain/Work.ts"
import type { Command, Job, WorkOptions } from "../../services/Worker.ts"
import { type Built, finish, mergeBuilt, withHashes } from "./branchWork.ts"
import type { Git } from "./git.ts"
import type { Held } from "./lease.ts"
import type { Lock, Locks } from "./locks.ts"
import { fileName, type Repository } from "./repository.ts"
import { open } from "./stepLog.ts"
import { brief, nameOf } from "./stepTexts.ts"
import type { Told } from "./told.ts"
import type { Worktrees } from "./worktrees.ts"

/** Characters of a reason, at most: git can say a lot. */
const maxReason = 20_000

interface AttemptOf extends Told {
  readonly options: WorkOptions
  readonly files: FileSystem
  readonly path: Path
  readonly git: Git
  readonly repository: Repository
  readonly worktrees: Worktrees
  readonly locks: Locks
  /** Ends with the reason once the step is lost. */
  readonly keep: (held: Held) => Effect.Effect<string>
}

/** How an attempt ended. */
export type Ended = "completed" | "failed" | "released" | "lost"

const stopped = "hq work was stopped"

const messageOf = (error: unknown): string =>
  typeof error === "object" && error !== null && "message" in error ? String(error.message) : String(error)

/**
 * Runs one attempt at a claimed step, to its end in the store. Interrupted, it releases the step. Fails with CannotWork.
 *
 * @param over ends when no attempt is to begin any more
 */
export const attempt =
  <E, R>(
    { emit, files, git, keep, locks, options, path, repository, steps, stored, worktrees }: AttemptOf,
    command: Command<E, R>
  ) =>
  (
    slot: number,
    agent_id: AgentId,
    step: ClaimedStep,
    over: Effect.Effect<void>
  ): Effect.Effect<Ended, CannotWork, R> => {
    const held = { step_id: step.id, agent_id, attempt: step.attempt }
    const event = { slot, ...held, step_num: step.step_num }
    const { commit: commits = true, project, timeout } = options
    let isLost = false
    let lastLines = () => ""

    /** The commits that the step builds on; the claim hands over only the first of many. */
    const built = Effect.gen(function* () {
      const known: Array<{
        readonly step_num: number
        readonly branch: string
        readonly last_commit?: string | undefined
      }> = [...step.dependencies]
      if (step.dependencies_more !== undefined) {
        const { depends_on = [] } = yield* stored(steps.get({ step_id: step.id }))
        for (const step_num of depends_on.filter((num) => !known.some((one) => one.step_num === num))) {
          known.push(yield* stored(steps.get({ project, step_num })))
        }
      }
      const done = known.filter((one): one is Built => one.last_commit !== undefined)
      return yield* withHashes(git, repository.root, step.branch, done)
    })

    /** Waits until no other attempt is at work on the branch: theirs is the same worktree, whichever step, project or process they are of. */
    const lockBranch = Effect.raceFirst(
      locks.take(`branch ${step.branch}`, (why) =>
        emit({
          ...{ _tag: "Delayed", step_id: step.id, step_num: step.step_num },
          reason: `the branch ${step.branch} is in use: ${why}`
        })
      ),
      Effect.zipRight(over, new GiveBack({ reason: stopped }))
    )

    const work = (lock: Lock) =>
      Effect.scoped(
        Effect.gen(function* () {
          const commitsBelow = yield* built
          const earlier = (step.previous_attempts ?? []).flatMap(({ worktree }) => worktree ?? [])
          const { folder: worktree, isNew } = yield* worktrees.prepare(step.branch, earlier)
          const logFile = path.join(repository.logs, fileName(project), `${step.step_num}.log`)
          const log = yield* open(files, path, logFile)
          lastLines = log.lastLines
          yield* mergeBuilt(git, worktree, step.branch, commitsBelow, isNew)
          yield* stored(steps.start({ ...held, worktree }))
          yield* emit({ _tag: "Started", ...event, title: step.title, branch: step.branch, worktree, log: logFile })
          const job: Job = {
            project,
            step,
            agent_id,
            worktree,
            brief: brief(project, step, commits),
            logFile,
            log: log.write,
            lastLine: log.lastLine,
            isLost: () => isLost,
            noteGroup: lock.note
          }
          const limited =
            timeout === undefined
              ? command(job)
              : Effect.timeoutFail(command(job), {
                  duration: timeout,
                  onTimeout: () => ({ message: `it took longer than ${Duration.format(timeout)}` })
                })
          yield* limited
          const result = yield* finish(git, worktree, step, repository.base, commitsBelow, commits)
          return { worktree, result }
        })
      )

    const lost = Effect.map(keep(held), (reason) => {
      isLost = true
      return reason
    })

    /** Writes how the attempt ended. A refusal means that the step is not this attempt's any more. */
    const write = (
      ended: Ended,
      call: Effect.Effect<unknown, { readonly _tag: string; readonly message: string }>,
      told: WorkEvent
    ) =>
      stored(call).pipe(
        Effect.zipRight(emit(told)),
        Effect.as(ended),
        Effect.catchAll(({ message }) => Effect.as(emit({ _tag: "Lost", ...event, reason: message }), "lost" as const))
      )

    const release = (reason: string) =>
      write("released", steps.release({ ...held, reason }), { _tag: "Released", ...event, reason })

    const fail = (why: string) => {
      const reason = [why, lastLines()].join("\n").trim().slice(0, maxReason).toWellFormed()
      return write("failed", steps.fail({ ...held, reason }), { _tag: "Failed", ...event, reason })
    }

    return Effect.uninterruptible(
      Effect.gen(function* () {
        const began = yield* Clock.currentTimeMillis
        // The lock is kept until the attempt has left the worktree for good.
        const scope = yield* Effect.scope
        const locked = Effect.flatMap(Scope.extend(lockBranch, scope), work)
        const exit = yield* Effect.exit(Effect.interruptible(Effect.raceFirst(locked, lost)))
        if (Exit.isSuccess(exit)) {
          const { value } = exit
          if (typeof value === "string") {
            yield* emit({ _tag: "Lost", ...event, reason: value })
            return "lost"
          }
          const { result, worktree } = value
          const { commit, files: files_modified, notes } = result
          const millis = (yield* Clock.currentTimeMillis) - began
          const ended = yield* write(
            "completed",
            steps.complete({ ...held, commit_hash: commit, files_modified, ...(notes === "" ? {} : { notes }) }),
            { _tag: "Completed", ...event, commit, files: files_modified.length, millis }
          )
          if (ended === "completed") yield* worktrees.remove(worktree)
          return ended
        }
        if (Cause.isInterruptedOnly(exit.cause)) return yield* release(stopped)
        const error = Cause.squash(exit.cause)
        if (error instanceof GiveBack) return yield* release([error.message, lastLines()].join("\n").trim())
        if (error instanceof CannotWork) return yield* Effect.zipRight(release(error.message), error)
        const isDefect = Cause.isDie(exit.cause) && !Cause.isFailure(exit.cause)
        return yield* fail(isDefect ? Cause.pretty(exit.cause) : messageOf(error))
      }).pipe(Effect.scoped)
    ).pipe(Effect.withSpan("Worker.attempt", { attributes: { step: nameOf(step) } }))
  }
