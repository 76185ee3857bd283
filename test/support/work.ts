import { chmodSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import * as NodeContext from "@effect/platform-node/NodeContext"
import { it } from "@effect/vitest"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { ProjectName } from "../../src/domain/Ids.ts"
import type { WorkEvent } from "../../src/domain/Work.ts"
import * as Coordination from "../../src/layers/Coordination.ts"
import * as WorkerLayer from "../../src/layers/worker/Worker.ts"
import { Settings } from "../../src/services/Settings.ts"
import { type Command, Worker, type WorkOptions } from "../../src/services/Worker.ts"
import { git, makeRepository, realFolder } from "./git.ts"
import { hq } from "./hq.ts"

/** A repository with one commit and a name to commit with. */
export const workRepository = () => {
  const folder = realFolder()
  const repository = makeRepository(join(folder, "app"), "-b", "main")
  git(repository, "config", "user.name", "hq")
  git(repository, "config", "user.email", "hq@example.org")
  return { folder, repository, db: join(folder, "hq.db"), base: git(repository, "rev-parse", "HEAD").trim() }
}

export type WorkRepository = ReturnType<typeof workRepository>

/** Stores a plan for the repository: steps by number, each with those that it depends on. */
export const workPlan = (
  { base }: WorkRepository,
  steps: Record<number, ReadonlyArray<number>>,
  more: Partial<Parameters<typeof hq.createProject>[0]> = {}
) =>
  hq.createProject({
    name: "p",
    base_commit: base,
    steps: Object.entries(steps).map(([num, depends_on]) => ({
      step_num: Number(num),
      branch: `p/step-${num}`,
      scope: Number(num) % 2 === 0 ? "even" : "odd",
      title: `Write ${num}`,
      depends_on
    })),
    ...more
  })

/** Writes a shell script outside of the repository. Returns its path. */
export const shellScript = ({ folder }: WorkRepository, text: string): string => {
  const file = join(folder, "agent.sh")
  writeFileSync(file, `#!/bin/sh\n${text}`)
  chmodSync(file, 0o755)
  return file
}

/** Coordination and a worker on the repository's database. */
export const workerLayer = ({ db }: WorkRepository) =>
  WorkerLayer.layer.pipe(
    Layer.provideMerge(Coordination.layerSqlite({ filename: db, synchronous: "NORMAL" })),
    Layer.provide(
      Layer.succeed(Settings, {
        ...Settings.defaultValue(),
        staleAfter: Duration.seconds(3),
        sweepEvery: Duration.seconds(1)
      })
    ),
    Layer.provideMerge(NodeContext.layer)
  )

export const project = ProjectName.make("p")

/** Works with a command; returns the summary and the events. */
export const work = <E, R>(repository: WorkRepository, command: Command<E, R>, options: Partial<WorkOptions> = {}) =>
  Effect.gen(function* () {
    const events: Array<WorkEvent> = []
    const { work } = yield* Worker
    const summary = yield* work(
      {
        project,
        agents: 2,
        folder: repository.repository,
        onEvent: (event) => Effect.sync(() => void events.push(event)),
        ...options
      },
      command
    )
    return { summary, events, tags: events.map(({ _tag }) => _tag) }
  })

/** Works with a shell script. */
export const workWith = (repository: WorkRepository, script: string, options: Partial<WorkOptions> = {}) =>
  Effect.flatMap(Worker, ({ program }) => work(repository, program(shellScript(repository, script), []), options))

export type WorkServices = Layer.Layer.Success<ReturnType<typeof workerLayer>>

/** A test with a repository, a database and a worker of its own. */
export const workTest = (title: string, body: (at: WorkRepository) => Effect.Effect<void, unknown, WorkServices>) =>
  it.live(title, () =>
    Effect.suspend(() => {
      const at = workRepository()
      return Effect.provide(body(at), workerLayer(at))
    })
  )

/** Files of a commit. */
export const filesOf = ({ repository }: WorkRepository, commit: string) =>
  git(repository, "ls-tree", "-r", "--name-only", commit).trim().split("\n")

export const shown = ({ repository }: WorkRepository, what: string) => git(repository, "show", what)
