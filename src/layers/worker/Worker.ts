import * as CommandExecutor from "@effect/platform/CommandExecutor"
import * as FileSystem from "@effect/platform/FileSystem"
import * as Path from "@effect/platform/Path"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Random from "effect/Random"
import * as Scope from "effect/Scope"
import { AgentId } from "../../domain/Ids.ts"
import type { WorkEvent } from "../../domain/Work.ts"
import { Changes } from "../../services/Changes.ts"
import { ClaimMemory } from "../../services/ClaimMemory.ts"
import { Leases } from "../../services/Leases.ts"
import { Projects } from "../../services/Projects.ts"
import { Recovery } from "../../services/Recovery.ts"
import { Settings } from "../../services/Settings.ts"
import { Steps } from "../../services/Steps.ts"
import { type Command, Worker, type WorkOptions } from "../../services/Worker.ts"
import { attempt } from "./attempt.ts"
import { patiently } from "./calls.ts"
import * as Environment from "./environment.ts"
import * as Git from "./git.ts"
import * as Guardian from "./guardian.ts"
import { keep } from "./lease.ts"
import * as Locks from "./locks.ts"
import { makeMerges } from "./merges.ts"
import * as Processes from "./processes.ts"
import { program } from "./program.ts"
import { makeRetries } from "./projectSteps.ts"
import * as Repository from "./repository.ts"
import { runSlots } from "./slots.ts"
import * as Worktrees from "./worktrees.ts"

export { Worker }

/** Six characters that tell one worker from another. */
const makeToken = Effect.map(Random.nextIntBetween(36 ** 5, 36 ** 6), (number) => number.toString(36))

/**
 * Puts commands to work on Coordination's steps. A host brings its platform, such as NodeContext.layer, and runs `Sweeper.layer` and
 * `Renewer.layer` beside it.
 */
export const layer: Layer.Layer<
  Worker,
  never,
  | Steps
  | Projects
  | Recovery
  | Leases
  | ClaimMemory
  | Changes
  | CommandExecutor.CommandExecutor
  | FileSystem.FileSystem
  | Path.Path
> = Layer.scoped(
  Worker,
  Effect.gen(function* () {
    const settings = yield* Settings
    const [steps, projects, recovery] = [yield* Steps, yield* Projects, yield* Recovery]
    const [leases, memory, changes] = [yield* Leases, yield* ClaimMemory, yield* Changes]
    const executor = yield* CommandExecutor.CommandExecutor
    const [files, path] = [yield* FileSystem.FileSystem, yield* Path.Path]
    const environment = yield* Effect.cached(Environment.make(executor))
    const git = Git.make(executor, environment)
    const processes = yield* Processes.make(files)
    const guardian = yield* Effect.cached(Scope.extend(Guardian.make(executor), yield* Effect.scope))

    const work = <E, R>(options: WorkOptions, command: Command<E, R>) =>
      Effect.scoped(
        Effect.gen(function* () {
          const {
            folder = ".",
            mergeInto,
            name = "work",
            onEvent: emit = (_: WorkEvent) => Effect.void,
            project,
            retry = 0,
            scopes
          } = options
          const stored = patiently(emit)
          const told = { steps, projects, emit, stored }
          const { project: found } = yield* stored(projects.get({ name: project, limit: 1 }))
          const repository = yield* Repository.find(git, path, files, folder, found.base_commit)
          const worktrees = Worktrees.make(git, files, path, repository)
          const locks = Locks.make(files, path, processes, repository)
          const token = yield* makeToken
          const agentOf = (slot: number) => AgentId.make(`${name}-${token}-${slot}`)
          const merges =
            mergeInto === undefined
              ? undefined
              : yield* Effect.acquireRelease(
                  makeMerges({ ...told, project, into: mergeInto, agent_id: agentOf(1), token, git, worktrees, locks }),
                  ({ close }) => close
                )
          const held = { steps, leases, memory, changes, settings }
          const attempts = attempt(
            { ...told, options, files, path, git, repository, worktrees, locks, keep: (claim) => keep(held, claim) },
            command
          )
          const retries = makeRetries(recovery, retry, scopes)
          return yield* runSlots({ ...told, options, agentOf, merges, retries }, attempts)
        })
      )

    return Worker.of({ work, program: program(executor, environment, guardian) })
  })
)
