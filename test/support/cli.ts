import * as NodeContext from "@effect/platform-node/NodeContext"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { exitCode } from "../../src/cli/base/exitCode.ts"
import type { Opening } from "../../src/cli/base/Opening.ts"
import type { Signals } from "../../src/cli/base/Signals.ts"
import { Place } from "../../src/cli/clients/Place.ts"
import { run } from "../../src/cli/run.ts"
import * as Coordination from "../../src/layers/Coordination.ts"
import * as SqliteFile from "../../src/layers/store/sqlite/SqliteFile.ts"
import * as WorkerLayer from "../../src/layers/worker/Worker.ts"
import { Settings, type SettingsValues } from "../../src/services/Settings.ts"
import { fields, hq } from "./hq.ts"
import { tempDatabase } from "./temp.ts"

/** What a command did. */
export interface Ran {
  readonly code: number
  readonly out: string
  readonly err: string
}

export interface Surroundings {
  /** Columns of a terminal; without them the answer goes into a pipe. */
  readonly columns?: number
  /** Rows of that terminal. Default: any number. */
  readonly rows?: number
  readonly environment?: Readonly<Record<string, string>>
  /** Where it runs. Default: a home and a folder that are not there. */
  readonly place?: Partial<Place["Type"]>
  /** What a person at the terminal answers to each question. Without it, nobody can be asked. */
  readonly answers?: ReadonlyArray<string>
  readonly signals?: Signals["Type"]
  /** What it opens. Default: the database file. */
  readonly opening?: Opening["Type"]
  readonly settings?: Partial<SettingsValues>
  /** Ends the command, as Ctrl-C does, once it has written that. */
  readonly until?: (out: string) => boolean
}

const nowhere = { home: "/dev/null/home", folder: "/dev/null/home", program: ["/node", "/hq.cjs"] as const }

/** A person who does not press Ctrl-C. */
export const noSignals: Signals["Type"] = { next: () => Effect.never }

/** What commands open, for a database file. */
export const openingOf = (filename: string) => ({
  store: WorkerLayer.layer.pipe(
    Layer.provideMerge(Coordination.layerSqlite({ filename })),
    Layer.provide(NodeContext.layer)
  ),
  file: SqliteFile.layer({ filename })
})

/** Runs a command line in this process, on a database file. */
export const cli = (
  filename: string,
  all: ReadonlyArray<string>,
  {
    answers,
    columns,
    environment = {},
    opening = openingOf(filename),
    place = {},
    rows = 0,
    settings = {},
    signals = noSignals,
    until = () => false
  }: Surroundings = {}
): Effect.Effect<Ran> =>
  Effect.suspend(() => {
    let [out, err] = ["", ""]
    const enough = Effect.runSync(Deferred.make<void>())
    const left = [...(answers ?? [])]
    const console = {
      environment,
      isTerminal: columns !== undefined,
      canAsk: answers !== undefined,
      ask: (question: string) => {
        err += question
        return Promise.resolve(left.shift() ?? "")
      },
      columns,
      size: () => ({ columns: columns ?? 0, rows }),
      write: (text: string) => {
        out += text
        if (until(out)) Deferred.unsafeDone(enough, Effect.void)
      },
      writeError: (text: string) => {
        err += text
      },
      signals
    }
    const configured = Layer.succeed(Settings, { ...Settings.defaultValue(), ...settings })
    const { file, store } = opening
    const configuredOpening = { file: Layer.provide(file, configured), store: Layer.provide(store, configured) }
    return run(all, console, configuredOpening).pipe(
      Effect.raceFirst(Effect.as(Deferred.await(enough), exitCode.interrupted)),
      Effect.provideService(Place, { ...nowhere, environment, ...place }),
      Effect.provide(NodeContext.layer),
      Effect.map((code) => ({ code, out, err }))
    )
  })

/** A new database file, as the calls leave it. */
export const stored = <E>(calls: Effect.Effect<unknown, E, Coordination.Coordination>): Effect.Effect<string, E> =>
  Effect.suspend(() => {
    const filename = tempDatabase()
    return Effect.as(onFile(filename, calls), filename)
  })

/** Calls services on a database file. */
export const onFile = <A, E>(
  filename: string,
  calls: Effect.Effect<A, E, Coordination.Coordination>
): Effect.Effect<A, E> => Effect.provide(calls, Coordination.layerSqlite({ filename })) as Effect.Effect<A, E>

/** Who did what last on a database file, as events have it. */
export const lastEvent = (filename: string) =>
  onFile(
    filename,
    Effect.map(hq.events({ limit: 1 }), ({ events: [event] }) => fields(event ?? null))
  ).pipe(Effect.orDie)
