import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import type * as Scope from "effect/Scope"
import type { Agent } from "./agent.ts"

export interface Screen {
  /** Reports a completed step. The live view shows it already, so only the plain output prints a line. */
  readonly completed: (who: string, branch: string) => Effect.Effect<void>
  /** Prints a line about an unusual event. */
  readonly note: (who: string, text: string) => Effect.Effect<void>
}

const { stdout } = process
const nameWidth = 11
const barWidth = 30
const branchWidth = 38
const timeWidth = 6

/** The live view needs space for a summary below it and for lines that do not wrap. */
const isLive = (agents: number) =>
  stdout.isTTY && process.env.TERM !== "dumb" && stdout.rows >= agents + 6 && stdout.columns >= 80

const style = (code: number) => (text: string) => `\x1b[${code}m${text}\x1b[0m`
const bold = style(1)
const dim = style(2)
const red = style(31)
const green = style(32)

const clock = (ms: number): string => `${(ms / 1000).toFixed(1).padStart(5)}s`

const row = ({ completed, name, state, work }: Agent, now: number): string => {
  const who = name.padEnd(nameWidth)
  const tally = "▪".repeat(completed)
  if (work === undefined) {
    const line = `${state === "killed" ? "✗" : "·"} ${who}${state.padEnd(branchWidth + timeWidth)}${tally}`
    return `  ${state === "killed" ? red(line) : dim(line)}`
  }
  const { attempt, branch } = work.step
  const left = `${(Math.max(0, work.until - now) / 1000).toFixed(1)}s`
  const what = attempt > 1 ? `${branch}, attempt ${attempt}` : branch
  return `  ${green("●")} ${who}${what.padEnd(branchWidth)}${dim(left.padEnd(timeWidth) + tally)}`
}

const view = (agents: ReadonlyArray<Agent>, total: number, since: number, now: number): ReadonlyArray<string> => {
  const done = agents.reduce((sum, agent) => sum + agent.completed, 0)
  const filled = Math.round((barWidth * done) / total)
  const bar = green("█".repeat(filled)) + dim("░".repeat(barWidth - filled))
  return [`${clock(now - since)}  ${bar}  ${bold(`${done}/${total}`)}`, ...agents.map((agent) => row(agent, now))]
}

/** Shows the agents' progress: a live view on a terminal, plain lines otherwise. */
export const make = (
  agents: ReadonlyArray<Agent>,
  total: number,
  since: number
): Effect.Effect<Screen, never, Scope.Scope> =>
  Effect.gen(function* () {
    const live = isLive(agents.length)
    let painted = 0
    const print = (lines: ReadonlyArray<string>) => {
      const up = painted > 0 ? `\x1b[${painted}A\x1b[J` : ""
      painted = 0
      stdout.write(up + lines.map((line) => `${line}\n`).join(""))
    }
    const paint = (now: number, above: ReadonlyArray<string> = []) => {
      const lines = view(agents, total, since, now)
      print([...above, ...lines])
      painted = lines.length
    }
    const line = (who: string, text: string) =>
      Effect.map(Clock.currentTimeMillis, (now) => {
        const message = `${clock(now - since)}  ${who.padEnd(nameWidth)}${text}`
        if (live) paint(now, [bold(message)])
        else print([message])
      })

    if (live) {
      yield* Effect.acquireRelease(
        Effect.sync(() => stdout.write("\x1b[?25l")),
        () => Effect.sync(() => stdout.write("\x1b[?25h"))
      )
      yield* Effect.forkScoped(
        Effect.repeat(
          Effect.map(Clock.currentTimeMillis, (now) => paint(now)),
          Schedule.spaced("100 millis")
        )
      )
    }
    let done = 0
    return {
      completed: (who, branch) =>
        Effect.suspend(() => {
          done++
          return live ? Effect.void : line(who, `completed ${String(done).padStart(2)}/${total}  ${branch}`)
        }),
      note: line
    }
  })
