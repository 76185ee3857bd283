import * as Command from "@effect/platform/Command"
import type { CommandExecutor, Process } from "@effect/platform/CommandExecutor"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Stream from "effect/Stream"
import { CannotWork, GiveBack, ProgramFailed } from "../../domain/Work.ts"
import type { Job, Command as StepCommand } from "../../services/Worker.ts"
import type { Environment } from "./environment.ts"
import type { Guardian } from "./guardian.ts"

/** sysexits.h: EX_TEMPFAIL, "try again later". */
const temporaryFailure = 75

/** Between SIGTERM and SIGKILL. */
const grace = Duration.seconds(5)

/** How long a program's children may hold its output open after it has ended. */
const drain = Duration.seconds(1)

/** Linux takes no argument of 128 KiB. In the worst case, a character takes 4 bytes. */
const maxArgument = 30_000

const cut = (text: string): string =>
  text.length > maxArgument
    ? `${text.slice(0, maxArgument).toWellFormed()}\n… (all of it is on standard input)\n`
    : text

/** Ends the process group: with a grace, unless nothing that it does is worth anything. */
const end = (process: Process, { isLost }: Job) =>
  Effect.gen(function* () {
    if (yield* process.isRunning) {
      if (!isLost()) yield* process.kill("SIGTERM").pipe(Effect.interruptible, Effect.timeout(grace), Effect.ignore)
    }
    // Also the children of one that has ended.
    yield* Effect.ignore(process.kill("SIGKILL"))
  }).pipe(Effect.orDie)

const failed = (message: string) => new ProgramFailed({ reason: message })

/** The way a process ended, as nothing or an error. */
const ending = (process: Process) =>
  Effect.matchEffect(process.exitCode, {
    // The platform has the signal in its message alone.
    onFailure: ({ message }) => failed(`the program was killed by ${/SIG[A-Z0-9]+/.exec(message)?.[0] ?? "a signal"}`),
    onSuccess: (code): Effect.Effect<void, ProgramFailed | GiveBack> => {
      if (code === 0) return Effect.void
      return code === temporaryFailure
        ? new GiveBack({ reason: `the program exited with ${temporaryFailure}` })
        : failed(`the program exited with ${code}`)
    }
  })

/** See `Worker.program`. */
export const program =
  (executor: CommandExecutor, environment: Effect.Effect<Environment>, guardian: Effect.Effect<Guardian>) =>
  (name: string, args: ReadonlyArray<string>): StepCommand<ProgramFailed | GiveBack | CannotWork> =>
  (job) =>
    Effect.scoped(
      Effect.gen(function* () {
        const { brief, log, noteGroup, project, step, worktree } = job
        const { forget, guard } = yield* guardian
        const command = Command.make(name, ...args.map((arg) => arg.replaceAll("{brief}", () => cut(brief)))).pipe(
          Command.workingDirectory(worktree),
          Command.env(
            {
              ...(yield* environment),
              HQ_PROJECT: project,
              HQ_STEP: String(step.step_num),
              HQ_ATTEMPT: String(step.attempt),
              HQ_BRANCH: step.branch
            },
            { extendEnv: false }
          ),
          Command.stdin(Stream.make(new TextEncoder().encode(brief)))
        )
        const process = yield* Effect.acquireRelease(executor.start(command), (process) =>
          Effect.zipRight(end(process, job), forget(process))
        ).pipe(
          Effect.mapError(
            ({ message }) =>
              new CannotWork({
                reason: `"${name}" cannot be run: ${message}.`,
                advice: "Give a program that this machine has."
              })
          )
        )
        // First of all: Node.js throws away the output that nobody reads when the program ends.
        const output = yield* Effect.fork(
          Stream.runForEach(Stream.merge(process.stdout, process.stderr), log).pipe(Effect.ignore)
        )
        yield* Effect.uninterruptible(Effect.zipRight(guard(process), noteGroup(process.pid)))
        const exit = yield* Effect.exit(ending(process))
        yield* Fiber.join(output).pipe(Effect.timeoutOption(drain))
        yield* Fiber.interrupt(output)
        yield* exit
      })
    )
