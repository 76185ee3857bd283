import { resolve } from "node:path"
import * as Args from "@effect/cli/Args"
import * as Options from "@effect/cli/Options"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import { ProjectName } from "../../domain/Ids.ts"
import { limits } from "../../domain/Text.ts"
import { WorkSummary } from "../../domain/Work.ts"
import { type Command, type WorkError, Worker, type WorkOptions } from "../../services/Worker.ts"
import { entry } from "../base/Command.ts"
import { exitCode } from "../base/exitCode.ts"
import { CommandFailure, UsageError } from "../base/failures.ts"
import { lengthOfTime } from "../base/lengthOfTime.ts"
import { OtherProgram } from "../base/OtherProgram.ts"
import { Output } from "../base/Output.ts"
import { Signals } from "../base/Signals.ts"
import { theirs } from "../text/Style.ts"
import { makeDisplay } from "./display.ts"
import { howToMerge, maxNamed, numbers, summaryLine } from "./lines.ts"

/** Agents beyond this number are a mistake in typing. */
const maxAgents = 200

/** A program's path as a shell would take it: the program runs in another folder. A name without `/` is looked for in PATH. */
const found = (program: string): string => (program.includes("/") ? resolve(program) : program)

/** A part of an agent's id, made of a program's path. */
const nameOf = (program: string): string =>
  (program.split(/[\\/]/).at(-1) ?? "")
    .replace(/[^\w.]+/g, "-")
    .replace(/^[-.]+/, "")
    .slice(0, 40) || "work"

const failureOf = (error: WorkError) =>
  error._tag === "CannotWork" ? new CommandFailure({ reason: error.reason, advice: error.advice }) : error

/** What is left, and how to go on with it: a sentence for each kind. */
const leftOver = ({ mergeInto, project, scopes }: WorkOptions, summary: WorkSummary): ReadonlyArray<string> => {
  const { ended, failed_steps, unmerged_steps } = summary
  const [[failed], [unmerged]] = [failed_steps, unmerged_steps]
  const step = (num: number) => `${theirs(project)}#${num}`
  // Those of other scopes are not taken up again by --retry.
  const again =
    scopes === undefined
      ? "the same command with --retry 1"
      : `hq recover ${failed_steps.slice(0, maxNamed).map(step).join(" ")}`
  const told = [
    ...(ended === "project_aborted"
      ? [`${theirs(project)} is aborted. Let it go on: hq resume ${theirs(project)}`]
      : []),
    ...(failed === undefined
      ? []
      : [
          `Of ${theirs(project)}, ${numbers(failed_steps)} failed. See why: hq show ${step(failed)}. Once that is mended, run: ${again}`
        ]),
    ...(unmerged === undefined
      ? []
      : mergeInto === undefined
        ? [
            `Of ${theirs(project)}, others wait for ${numbers(unmerged_steps)} to be merged. ${howToMerge(project, unmerged)}`
          ]
        : [
            `Of ${theirs(project)}, ${numbers(unmerged_steps)} could not be merged. Merge yourself, and tell hq: hq merge ${step(unmerged)} <commit>`
          ])
  ]
  if (told.length > 0 || isWell(summary)) return told
  return [`Of ${theirs(project)}, not all is done. See why: hq status ${theirs(project)}`]
}

/** Whether the end is one that one wants. */
const isWell = ({ ended, failed_steps, unmerged_steps }: WorkSummary): boolean =>
  (ended === "all_done" || ended === "stopped") && failed_steps.length + unmerged_steps.length === 0

/**
 * Works until all is done. The first interruption (Ctrl-C) ends the claiming, another one the programs; SIGTERM and SIGHUP end the programs
 * at once, because who sends them does not wait for long.
 */
const untilStopped = (run: (until: Effect.Effect<void>) => Effect.Effect<WorkSummary, WorkError, Worker>) =>
  Effect.uninterruptibleMask((restore) =>
    Effect.gen(function* () {
      const { say } = yield* Output
      const { next } = yield* Signals
      const stop = yield* Deferred.make<void>()
      // In the scope, because an interruption reaches the children of a fiber at once.
      const working = yield* Effect.forkScoped(Effect.interruptible(run(Deferred.await(stop))))
      let isStopping = false
      const stopAt = (...names: ReadonlyArray<NodeJS.Signals>) =>
        Effect.gen(function* () {
          yield* next(...names)
          isStopping = true
          yield* say("Stopping the programs, and giving their steps back.")
          yield* Fiber.interrupt(working)
        }).pipe(Effect.interruptible, Effect.forkScoped)
      yield* stopAt("SIGTERM", "SIGHUP")
      const ended = yield* Effect.exit(restore(Fiber.await(working)))
      if (Exit.isSuccess(ended)) return yield* ended.value
      yield* Deferred.succeed(stop, undefined)
      yield* stopAt("SIGINT")
      // SIGTERM has interrupted this fiber, too.
      yield* Effect.yieldNow()
      if (!isStopping) yield* say("No more claims. Waiting for the programs that run; Ctrl-C again stops them.")
      yield* Fiber.await(working)
      return yield* Effect.interrupt
    }).pipe(Effect.scoped)
  )

/** Works, and shows what happens, until the work is over. */
const working = (options: WorkOptions, commandOf: (worker: Worker["Type"]) => Command<unknown>) =>
  Effect.gen(function* () {
    const worker = yield* Worker
    const { follow, onEvent } = yield* makeDisplay(options.project, options.agents)
    const command = follow(commandOf(worker))
    return yield* untilStopped((until) => worker.work({ ...options, onEvent, until }, command))
  }).pipe(Effect.scoped)

export const work = entry({
  path: "work",
  summary: "Put any agent program to work on steps, each in a git worktree",
  examples: [
    ["work myapp --agents 4 -- claude -p", "four agents, each with the brief on standard input"],
    ["work myapp --scope docs --timeout 30m --retry 2 -- ./agent.sh {brief}", "the brief as an argument"],
    ["work myapp --agents 8 --merge --into main -- codex exec -", "and merge what is completed into main"]
  ],
  takes: {
    project: Args.text({ name: "project" }).pipe(Args.withDescription("Its name")),
    agents: Options.integer("agents").pipe(
      Options.withDescription("How many at the same time; default 1"),
      Options.withDefault(1)
    ),
    scope: Options.text("scope").pipe(Options.withDescription("Only steps with this scope"), Options.optional),
    timeout: Options.text("timeout").pipe(
      Options.withDescription("An attempt that takes longer fails, such as 2h"),
      Options.optional
    ),
    retry: Options.integer("retry").pipe(
      Options.withDescription("How many times a failed step is tried again; default 0"),
      Options.withDefault(0)
    ),
    noCommit: Options.boolean("no-commit").pipe(Options.withDescription("Leave what a program did not commit")),
    merge: Options.boolean("merge").pipe(
      Options.withDescription("Merge completed steps, in the order of dependencies")
    ),
    into: Options.text("into").pipe(Options.withDescription("With --merge: the branch"), Options.optional)
  },
  program: "With its arguments; exit code 0 completes the step, 75 gives it back",
  answer: WorkSummary,
  run: ({ agents, into, merge, noCommit, project, retry, scope, timeout }) =>
    Effect.gen(function* () {
      const usage = (reason: string, advice: string) => new UsageError({ reason, advice })
      const [name, ...args] = yield* OtherProgram
      if (name === undefined) {
        return yield* usage("No program is given.", `Give it after --, such as: hq work ${project} -- claude -p`)
      }
      if (agents < 1 || agents > maxAgents)
        return yield* usage(`--agents must be from 1 to ${maxAgents}.`, "The default is 1.")
      if (retry < 0) return yield* usage("--retry must not be negative.", "The default is 0.")
      if (merge !== Option.isSome(into)) {
        return yield* usage("--merge and --into belong together.", "Such as: --merge --into main")
      }
      const limit = Option.isSome(timeout) ? yield* lengthOfTime("--timeout", timeout.value) : undefined
      if (limit !== undefined && Duration.toMillis(limit) === 0) {
        return yield* usage("--timeout leaves no time for an attempt.", "Without it, an attempt may take any time.")
      }
      if (project.trim() === "" || project.length > limits.name) {
        return yield* usage(`"${project}" is not a project's name.`, "See them all: hq projects")
      }
      const options: WorkOptions = {
        project: ProjectName.make(project),
        agents,
        name: nameOf(name),
        retry,
        commit: !noCommit,
        ...(Option.isSome(scope) ? { scopes: [scope.value] } : {}),
        ...(limit === undefined ? {} : { timeout: limit }),
        ...(Option.isSome(into) ? { mergeInto: into.value } : {})
      }
      const summary = yield* Effect.mapError(
        working(options, (worker) => worker.program(found(name), args)),
        failureOf
      )
      const { say, sayStyle } = yield* Output
      for (const text of leftOver(options, summary)) yield* say(`${sayStyle.red("hq:")} ${text}`)
      return summary
    }),
  code: (summary) => (isWell(summary) ? exitCode.ok : exitCode.failure),
  show: (summary) => [summaryLine(summary)]
})
