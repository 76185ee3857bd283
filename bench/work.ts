import { execFileSync } from "node:child_process"
import { mkdirSync, readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { folder, newFile } from "./disk.ts"
import { inTurns, median, quantile } from "./measure.ts"
import { timeOf } from "./program.ts"
import type { Figure } from "./results.ts"
import { fileWith, plan } from "./world.ts"

const slots = 50
const steps = 100
const rounds = 3

const git = (at: string, ...args: ReadonlyArray<string>): string =>
  execFileSync("git", ["-C", at, ...args], { encoding: "utf8" }).trim()

let repositories = 0

/** A repository with one commit, and a plan of steps that work from it. */
const newWorld = async () => {
  const repository = join(folder, `repository${++repositories}`)
  mkdirSync(repository)
  git(repository, "init", "--quiet")
  git(repository, "config", "user.name", "bench")
  git(repository, "config", "user.email", "bench@localhost")
  git(repository, "commit", "--quiet", "--allow-empty", "--message", "base")
  const base_commit = git(repository, "rev-parse", "HEAD")
  return { repository, file: await fileWith(newFile(), [{ ...plan("p", steps), base_commit }]) }
}

const run = async (environment: Readonly<Record<string, string>> = {}): Promise<number> => {
  const { file, repository } = await newWorld()
  const args = ["work", "p", "--agents", String(slots), "--json", "--", "true"]
  return timeOf(args, { file, folder: repository, environment: { HQ_LOG_LEVEL: "error", ...environment } })
}

interface Traced {
  readonly event: string
  readonly sid: string
  readonly argv?: ReadonlyArray<string>
  readonly t_abs?: number
}

/** Milliseconds that each git command takes for a step, as git itself measures them, and how often it is run. */
const gitCosts = async (): Promise<ReadonlyArray<readonly [command: string, millis: number, count: number]>> => {
  const traces = join(folder, "traces")
  mkdirSync(traces)
  await run({ GIT_TRACE2_EVENT: traces })
  const costs = new Map<string, readonly [millis: number, count: number]>()
  for (const name of readdirSync(traces)) {
    const events = readFileSync(join(traces, name), "utf8")
      .trim()
      .split("\n")
      .map((line): Traced => JSON.parse(line))
    const start = events.find(({ event }) => event === "start")
    const end = events.find(({ event }) => event === "exit")
    // What git starts itself is in the time of its parent.
    if (start?.argv === undefined || end === undefined || start.sid.includes("/")) continue
    const [, , , command = "", second = ""] = start.argv
    const shown = command === "worktree" ? `${command} ${second}` : command
    const [millis, count] = costs.get(shown) ?? [0, 0]
    costs.set(shown, [millis + (end.t_abs ?? 0) * 1000, count + 1])
  }
  return Array.from(costs, ([command, [millis, count]]) => [command, millis / steps, count / steps] as const)
    .filter(([, , count]) => count >= 0.5)
    .toSorted(([, a], [, b]) => b - a)
}

/** `hq work` with a program that does nothing: what is left is hq's and git's. */
export const work = async (): Promise<ReadonlyArray<Figure>> => {
  const { work: times } = await inTurns(rounds, { work: () => run() })
  const costs = await gitCosts()
  const perSecond = times.map((time) => (1000 * steps) / time)
  return [
    {
      what: `hq work, ${slots} slots, true as the program: steps`,
      unit: "/s",
      hq: median(perSecond),
      details: { slowest: quantile(perSecond, 0), fastest: quantile(perSecond, 1) }
    },
    {
      what: "git commands of hq work for a step",
      unit: "",
      hq: costs.reduce((sum, [, , count]) => sum + count, 0)
    },
    ...costs.map(
      ([command, millis, count]): Figure => ({
        what: `git ${command}: wall time for a step, beside other slots'`,
        unit: "ms",
        hq: millis,
        details: { count }
      })
    )
  ]
}
