import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process"
import { once } from "node:events"
import { readdirSync, readlinkSync } from "node:fs"
import * as Effect from "effect/Effect"
import * as Coordination from "../../src/layers/Coordination.ts"
import { atEnd } from "./cleanup.ts"
import { bin } from "./server.ts"
import { type WorkRepository, workPlan } from "./work.ts"

/* `hq work` as a process of its own. */

/** Stores a plan, under the name myapp unless another is given. */
export const store = (
  at: WorkRepository,
  steps: Parameters<typeof workPlan>[1],
  more: Parameters<typeof workPlan>[2] = {}
) =>
  Effect.runPromise(
    Effect.provide(workPlan(at, steps, { name: "myapp", ...more }), Coordination.layerSqlite({ filename: at.db }))
  )

export interface Running {
  readonly child: ChildProcessWithoutNullStreams
  readonly said: () => string
  readonly ended: Promise<{ readonly code: number | null; readonly out: string }>
}

export const environmentOf = ({ db, folder }: Pick<WorkRepository, "db" | "folder">) => ({
  PATH: process.env.PATH,
  HOME: folder,
  AGENT_DB_PATH: db,
  HQ_STALE_AFTER: "3 seconds",
  HQ_HEARTBEAT_EVERY: "500 millis",
  HQ_SWEEP_EVERY: "500 millis"
})

/** Starts a program in the repository. @param more variables of its environment */
export const startProgram = (
  at: WorkRepository,
  program: string,
  args: ReadonlyArray<string>,
  more: Readonly<Record<string, string>> = {}
): Running => {
  const child = spawn(program, args, { cwd: at.repository, env: { ...environmentOf(at), ...more } })
  atEnd(() => child.kill("SIGKILL"))
  let [out, said] = ["", ""]
  child.stdout.on("data", (chunk) => {
    out += chunk
  })
  child.stderr.on("data", (chunk) => {
    said += chunk
  })
  return { child, said: () => said, ended: once(child, "close").then(([code]) => ({ code, out })) }
}

/** Starts hq with these arguments in the repository. */
export const start = (at: WorkRepository, args: ReadonlyArray<string>): Running =>
  startProgram(at, process.execPath, [bin, ...args])

/** Processes that work in a worktree of hq's. */
export const atWork = ({ repository }: WorkRepository): ReadonlyArray<string> =>
  readdirSync("/proc").filter((pid) => {
    try {
      return readlinkSync(`/proc/${pid}/cwd`).startsWith(`${repository}.hq/`)
    } catch {
      return false
    }
  })
