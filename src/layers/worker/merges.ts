import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import type { Step } from "../../domain/Entities.ts"
import type { NotFound } from "../../domain/Errors.ts"
import type { AgentId, ProjectName } from "../../domain/Ids.ts"
import { asked, type Git, GitError } from "./git.ts"
import type { Locks } from "./locks.ts"
import { stepsOf } from "./projectSteps.ts"
import { checkIsOn, wholeHash } from "./reportedCommit.ts"
import { nameOf } from "./stepTexts.ts"
import type { Told } from "./told.ts"
import type { Worktrees } from "./worktrees.ts"

/** Between tries, about 8 seconds in all. */
const pauses = Schedule.exponential(Duration.millis(50)).pipe(
  Schedule.union(Schedule.spaced(Duration.seconds(1))),
  Schedule.jittered,
  Schedule.intersect(Schedule.recurs(12))
)

/** Whether somebody else is using git in the repository at the moment, or has moved the branch. A branch below another's name stays one. */
const isPassing = ({ message }: GitError) =>
  /cannot lock ref|\.lock': File exists|fast-forward/.test(message) && !message.includes("cannot create")

interface MergesOf extends Told {
  readonly project: ProjectName
  readonly into: string
  /** Who merges, as events name it. */
  readonly agent_id: AgentId
  /** Tells this worker from others. */
  readonly token: string
  readonly git: Git
  readonly worktrees: Worktrees
  readonly locks: Locks
}

/**
 * Merges completed steps into a branch, each after those that it depends on, and records it. One merge at a time, over all processes: git locks
 * single files, and not what a merge does to the branch, its checkout and the index together.
 */
export const makeMerges = ({
  agent_id,
  emit,
  git,
  into,
  locks,
  project,
  projects,
  steps,
  token,
  worktrees
}: MergesOf) =>
  Effect.gen(function* () {
    const lock = (yield* Effect.makeSemaphore(1)).withPermits(1)
    /** Why steps could not be merged, by number. */
    const refused = new Map<number, string>()
    /** A worktree for merges, made with the first. */
    let own: string | undefined
    let count = 0

    const headOf = (folder: string) => Effect.map(git(folder, "rev-parse", "HEAD"), (text) => text.trim())

    const isMerging = (folder: string) => asked(git(folder, "rev-parse", "--verify", "--quiet", "MERGE_HEAD"))

    const mergeIn = (folder: string, step: Step, reported: string) =>
      Effect.gen(function* () {
        const commit = yield* wholeHash(git, folder, reported)
        yield* checkIsOn(git, folder, step.branch, commit)
        // A worker may have been killed between the merge and its record.
        if (yield* asked(git(folder, "merge-base", "--is-ancestor", commit, "HEAD"))) return
        const message = `Merge ${nameOf(step)} (${step.branch})`
        yield* git(folder, "merge", "--quiet", "--no-ff", "--no-edit", "-m", message, commit).pipe(
          Effect.tapError(() => Effect.ignore(git(folder, "merge", "--abort")))
        )
      })

    /**
     * Merges beside the branch, and then moves the branch to the merge, with what has it checked out. Returns the commit that brought the step
     * in. A checkout is a person's: it is only ever brought forward, and what git refuses leaves it as it was.
     */
    const mergeBeside = (step: Step, commit: string): Effect.Effect<string, GitError> =>
      Effect.gen(function* () {
        const checkout = yield* worktrees.of(into)
        if (checkout !== undefined && (yield* isMerging(checkout))) {
          return yield* new GitError({ code: 1, message: `a merge is under way in ${checkout}` })
        }
        yield* worktrees.ensureBranch(into)
        if (own !== undefined && !(yield* worktrees.isThere(own))) own = undefined
        own ??= yield* worktrees.makeForMerges(token, into)
        const folder = own
        yield* git(folder, "checkout", "--quiet", "--detach", into)
        const before = yield* headOf(folder)
        yield* mergeIn(folder, step, commit)
        const after = yield* headOf(folder)
        yield* checkout === undefined
          ? git(folder, "update-ref", `refs/heads/${into}`, after, before)
          : git(checkout, "merge", "--quiet", "--ff-only", after)
        return after
      })

    const inGit = (step: Step, commit: string) =>
      Effect.scoped(
        Effect.zipRight(
          locks.take("merges", (why) =>
            emit({
              _tag: "Delayed",
              step_id: step.id,
              step_num: step.step_num,
              reason: `another merge is under way: ${why}`
            })
          ),
          Effect.retry(mergeBeside(step, commit), { schedule: pauses, while: isPassing })
        )
      )

    const merge = (step: Step) =>
      inGit(step, step.last_commit as string).pipe(
        Effect.flatMap((merge_commit) =>
          Effect.as(steps.merge({ step_id: step.id, merge_commit, agent_id }), merge_commit)
        ),
        Effect.tap((commit) => {
          count += 1
          refused.delete(step.step_num)
          return emit({ _tag: "Merged", step_id: step.id, step_num: step.step_num, commit })
        }),
        Effect.as(true),
        Effect.catchTag("GitError", ({ message }) => {
          const isKnown = refused.get(step.step_num) === message
          refused.set(step.step_num, message)
          const told = { _tag: "NotMerged", step_id: step.id, step_num: step.step_num, reason: message } as const
          return Effect.as(isKnown ? Effect.void : emit(told), false)
        }),
        // Another worker was faster, or the step was reopened.
        Effect.catchTag("Conflict", () => {
          refused.delete(step.step_num)
          return Effect.succeed(false)
        })
      )

    const isOver = (step_num: number) =>
      Effect.map(steps.get({ project, step_num }), ({ status }) => status === "merged" || status === "cancelled")

    return {
      merged: () => count,
      refused: (): ReadonlyArray<number> => [...refused.keys()].sort((a, b) => a - b),

      /** Merges a step that was just completed, unless something that it depends on is not merged. */
      one: (step_id: Step["id"]) =>
        lock(
          Effect.gen(function* () {
            const step = yield* steps.get({ step_id })
            const isNext = yield* Effect.every(step.depends_on ?? [], isOver)
            if (isNext && step.status === "completed" && step.last_commit !== undefined) yield* merge(step)
          })
        ).pipe(Effect.catchTag("NotFound", (_: NotFound) => Effect.void)),

      /** Merges all completed steps, as far as those that they depend on are merged. */
      all: lock(
        Effect.gen(function* () {
          const waiting = new Map((yield* stepsOf(projects, project, "completed")).map((step) => [step.step_num, step]))
          // What others have merged meanwhile.
          for (const num of refused.keys()) if (!waiting.has(num)) refused.delete(num)
          const tried = new Set<Step>()
          const isNext = (step: Step) =>
            !tried.has(step) &&
            step.last_commit !== undefined &&
            !(step.depends_on ?? []).some((num) => waiting.has(num))
          for (let next = [...waiting.values()].filter(isNext); next.length > 0; ) {
            for (const step of next) {
              tried.add(step)
              if (yield* merge(step)) waiting.delete(step.step_num)
            }
            next = [...waiting.values()].filter(isNext)
          }
        })
      ),

      /** Removes the worktree of the merges. */
      close: Effect.suspend(() => (own === undefined ? Effect.void : worktrees.remove(own)))
    }
  })

export type Merges = Effect.Effect.Success<ReturnType<typeof makeMerges>>
