import * as NodeContext from "@effect/platform-node/NodeContext"
import * as Effect from "effect/Effect"
import { Place } from "../../src/cli/clients/Place.ts"
import { run } from "../../src/cli/run.ts"
import * as Coordination from "../../src/layers/Coordination.ts"
import * as SqliteFile from "../../src/layers/store/sqlite/SqliteFile.ts"

/** What a command did. */
export interface Ran {
  readonly code: number
  readonly out: string
  readonly err: string
}

export interface Surroundings {
  /** Columns of a terminal; without them the answer goes into a pipe. */
  readonly columns?: number
  readonly environment?: Readonly<Record<string, string>>
  /** Where it runs. Default: a home and a folder that are not there. */
  readonly place?: Partial<Place["Type"]>
  /** What a person at the terminal answers to each question. Without it, nobody can be asked. */
  readonly answers?: ReadonlyArray<string>
}

const nowhere = { home: "/dev/null/home", folder: "/dev/null/home", program: ["/node", "/hq.cjs"] as const }

/** Runs a command line in this process, on a database file. */
export const cli = (
  filename: string,
  all: ReadonlyArray<string>,
  { answers, columns, environment = {}, place = {} }: Surroundings = {}
): Effect.Effect<Ran> =>
  Effect.suspend(() => {
    let [out, err] = ["", ""]
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
      write: (text: string) => {
        out += text
      },
      writeError: (text: string) => {
        err += text
      }
    }
    const opening = { store: Coordination.layerSqlite({ filename }), file: SqliteFile.layer({ filename }) }
    return run(all, console, opening).pipe(
      Effect.provideService(Place, { ...nowhere, environment, ...place }),
      Effect.provide(NodeContext.layer),
      Effect.map((code) => ({ code, out, err }))
    )
  })
