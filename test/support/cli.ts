import * as NodeContext from "@effect/platform-node/NodeContext"
import * as Effect from "effect/Effect"
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
  /** What a person at the terminal answers to each question. Without it, nobody can be asked. */
  readonly answers?: ReadonlyArray<string>
}

/** Runs a command line in this process, on a database file. */
export const cli = (
  filename: string,
  all: ReadonlyArray<string>,
  { answers, columns, environment = {} }: Surroundings = {}
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
      Effect.provide(NodeContext.layer),
      Effect.map((code) => ({ code, out, err }))
    )
  })
