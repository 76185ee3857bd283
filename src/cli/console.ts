import { createInterface } from "node:readline"
import * as Effect from "effect/Effect"
import type { Output } from "./base/Output.ts"
import { coloured, plain } from "./text/Style.ts"

/** What a command sees of the process that it runs in. */
export interface ConsoleOf {
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly isTerminal: boolean
  readonly canAsk: boolean
  /** Columns of the terminal; undefined if standard output is none. */
  readonly columns: number | undefined
  /** Asks one line, and resolves to nothing at the end of input. */
  readonly ask: (question: string) => Promise<string>
  readonly write: (text: string) => void
  readonly writeError: (text: string) => void
}

export const ofProcess: ConsoleOf = {
  environment: process.env,
  isTerminal: process.stdout.isTTY === true,
  canAsk: process.stdin.isTTY === true && process.stderr.isTTY === true,
  columns: process.stdout.isTTY === true ? process.stdout.columns : undefined,
  ask: (question) =>
    new Promise((resolve) => {
      const lines = createInterface({ input: process.stdin, output: process.stderr })
      lines.once("SIGINT", () => process.kill(process.pid, "SIGINT"))
      lines.once("close", () => resolve(""))
      lines.question(question, (answer) => {
        resolve(answer)
        lines.close()
      })
    }),
  write: (text) => void process.stdout.write(text),
  writeError: (text) => void process.stderr.write(text)
}

const isSet = (value: string | undefined): boolean => value !== undefined && value !== ""

/** Whether to colour: see https://no-color.org and https://bixense.com/clicolors. */
const hasColour = (arguments_: ReadonlyArray<string>, { environment, isTerminal }: ConsoleOf): boolean => {
  if (arguments_.includes("--no-color") || isSet(environment.NO_COLOR)) return false
  const forced = environment.CLICOLOR_FORCE
  return (isSet(forced) && forced !== "0") || (isTerminal && environment.TERM !== "dumb")
}

/** The arguments before `--`: what follows is another program's. */
export const ownArguments = (all: ReadonlyArray<string>): ReadonlyArray<string> => {
  const end = all.indexOf("--")
  return end < 0 ? all : all.slice(0, end)
}

/** Output as the arguments and the process have it. Known before the arguments are parsed, because they may be wrong. */
export const output = (all: ReadonlyArray<string>, console: ConsoleOf): Output["Type"] => {
  const own = ownArguments(all)
  const width = console.columns ?? 0
  return {
    isJson: own.includes("--json"),
    isTerminal: console.isTerminal,
    canAsk: console.canAsk,
    ask: (question) => Effect.promise(() => console.ask(question)),
    style: hasColour(own, console) ? coloured(width) : plain(width),
    out: (text) => Effect.sync(() => console.write(`${text}\n`)),
    say: (text) => Effect.sync(() => console.writeError(`${text}\n`))
  }
}
