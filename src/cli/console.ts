import { createInterface } from "node:readline"
import * as Effect from "effect/Effect"
import type { Output } from "./base/Output.ts"
import type { Signals } from "./base/Signals.ts"
import { type LiveLines, liveLines } from "./text/inPlace.ts"
import { coloured, plain } from "./text/Style.ts"

/** What a command sees of the process that it runs in. */
export interface ConsoleOf {
  readonly environment: Readonly<Record<string, string | undefined>>
  /** Whether standard output is a terminal. */
  readonly isTerminal: boolean
  /** The same of standard error. Default: `isTerminal` */
  readonly isErrorTerminal?: boolean
  readonly canAsk: boolean
  /** Columns of the terminal; undefined if standard output is none. */
  readonly columns: number | undefined
  /** Columns and rows of the terminal at present. Default: `columns`, and any number of rows. */
  readonly size?: () => { readonly columns: number; readonly rows: number }
  /** Asks one line, and resolves to nothing at the end of input. */
  readonly ask: (question: string) => Promise<string>
  readonly write: (text: string) => void
  readonly writeError: (text: string) => void
  /** Draws lines at the end of standard error. Default: it cannot. */
  readonly draw?: LiveLines["draw"]
  readonly signals: Signals["Type"]
}

const nextSignal = (...names: ReadonlyArray<NodeJS.Signals>): Effect.Effect<NodeJS.Signals> =>
  Effect.async((resume) => {
    const hear = (name: NodeJS.Signals) => {
      forget()
      resume(Effect.succeed(name))
    }
    const forget = () => {
      for (const name of names) process.removeListener(name, hear)
    }
    for (const name of names) process.on(name, hear)
    return Effect.sync(forget)
  })

const isErrorTerminal = process.stderr.isTTY === true

const errors = liveLines(
  (text) => void process.stderr.write(text),
  () => process.stderr.columns || 80
)

export const ofProcess: ConsoleOf = {
  environment: process.env,
  isTerminal: process.stdout.isTTY === true,
  isErrorTerminal,
  canAsk: process.stdin.isTTY === true && isErrorTerminal,
  columns: process.stdout.isTTY === true ? process.stdout.columns : undefined,
  size: () => {
    const { columns = 0, rows = 0 } = process.stdout.isTTY === true ? process.stdout : process.stderr
    return { columns, rows }
  },
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
  writeError: errors.write,
  ...(isErrorTerminal ? { draw: errors.draw } : {}),
  signals: { next: nextSignal }
}

const isSet = (value: string | undefined): boolean => value !== undefined && value !== ""

/** A terminal that knows no cursor movements, nor colours. */
const isDumb = ({ environment }: ConsoleOf): boolean => environment.TERM === "dumb"

/** Whether to colour: see https://no-color.org and https://bixense.com/clicolors. */
const hasColour = (arguments_: ReadonlyArray<string>, console: ConsoleOf, isTerminal: boolean): boolean => {
  const { environment } = console
  if (arguments_.includes("--no-color") || isSet(environment.NO_COLOR)) return false
  const forced = environment.CLICOLOR_FORCE
  return (isSet(forced) && forced !== "0") || (isTerminal && !isDumb(console))
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
  const size = console.size ?? (() => ({ columns: width, rows: 0 }))
  const height = console.isTerminal ? size().rows : 0
  const styleOf = (isTerminal: boolean) =>
    hasColour(own, console, isTerminal) ? coloured(width, height) : plain(width, height)
  const { draw } = console
  return {
    isJson: own.includes("--json"),
    canOverdraw: console.isTerminal && !isDumb(console),
    canAsk: console.canAsk,
    style: styleOf(console.isTerminal),
    sayStyle: styleOf(console.isErrorTerminal ?? console.isTerminal),
    size,
    write: (text) => Effect.sync(() => console.write(text)),
    ask: (question) => Effect.promise(() => console.ask(question)),
    out: (text) => Effect.sync(() => console.write(`${text}\n`)),
    say: (text) => Effect.sync(() => console.writeError(`${text}\n`)),
    draw:
      draw === undefined || isDumb(console)
        ? undefined
        : (lines, above) => Effect.sync(() => draw(lines, above.map((line) => `${line}\n`).join("")))
  }
}
