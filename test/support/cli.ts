import * as NodeContext from "@effect/platform-node/NodeContext"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { Signals } from "../../src/cli/base/Signals.ts"
import { run } from "../../src/cli/run.ts"
import * as Coordination from "../../src/layers/Coordination.ts"
import * as WorkerLayer from "../../src/layers/worker/Worker.ts"

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
  readonly canAsk?: boolean
  readonly signals?: Signals["Type"]
}

/** What commands run on, for a database file. */
export const servicesOf = (filename: string) =>
  WorkerLayer.layer.pipe(Layer.provideMerge(Coordination.layerSqlite({ filename })), Layer.provide(NodeContext.layer))

/** Runs a command line in this process, on a database file. */
export const cli = (
  filename: string,
  all: ReadonlyArray<string>,
  { canAsk = false, columns, environment = {}, rows = 0, signals = { next: () => Effect.never } }: Surroundings = {}
): Effect.Effect<Ran> =>
  Effect.suspend(() => {
    let [out, err] = ["", ""]
    const console = {
      environment,
      isTerminal: columns !== undefined,
      canAsk,
      columns,
      size: () => ({ columns: columns ?? 0, rows }),
      write: (text: string) => {
        out += text
      },
      writeError: (text: string) => {
        err += text
      },
      signals
    }
    return run(all, console, servicesOf(filename)).pipe(
      Effect.provide(NodeContext.layer),
      Effect.map((code) => ({ code, out, err }))
    )
  })
