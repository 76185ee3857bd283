import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process"
import { once } from "node:events"
import { fileURLToPath } from "node:url"
import { type Session, speak } from "./client.ts"

/** The built server, which `npm run build` makes; HQ_BIN puts another build to the test. */
export const bin = process.env.HQ_BIN ?? fileURLToPath(new URL("../../dist/hq.cjs", import.meta.url))

export interface ServerProcess extends Session {
  readonly pid: number
  readonly child: ChildProcessWithoutNullStreams
  readonly signal: (signal: NodeJS.Signals) => void
  readonly endInput: () => void
  /** Resolves with the exit code, or with the signal that ended it, when all output is read. */
  readonly ended: Promise<number | NodeJS.Signals>
  readonly isAlive: () => boolean
  /** Every byte of standard output so far. */
  readonly stdout: () => string
  readonly stderr: () => string
}

export interface Start {
  readonly args?: ReadonlyArray<string>
  /** Another build of the server. */
  readonly bin?: string
  /** Whether the session is opened at once, as by default; else the test writes the first message. */
  readonly greets?: boolean
  /** The process's current folder. Default: the test's own. */
  readonly cwd?: string
  /** Id of the user as whom the process runs, which only root can choose. */
  readonly uid?: number
}

/** Starts a real server process. It knows nothing of the test runner, so that the soak and the bench can use it. */
export const spawnServer = (
  env: Record<string, string | undefined>,
  { args = [], bin: build = bin, greets = true, ...as }: Start = {}
): ServerProcess => {
  const child = spawn(process.execPath, [build, ...args], {
    env: { PATH: process.env.PATH ?? "", HOME: process.env.HOME ?? "", ...env },
    stdio: "pipe",
    ...as
  })
  let stdout = ""
  let stderr = ""
  let isOver = false
  child.stdout.on("data", (chunk) => {
    stdout += chunk
  })
  child.stderr.on("data", (chunk) => {
    stderr += chunk
  })
  // "close" comes after the last line of output: an answer that the process still wrote is an answer.
  const ended = once(child, "close").then(([code, signal]) => {
    isOver = true
    return (code ?? signal) as number | NodeJS.Signals
  })
  const over = ended.then((how) => `the server process ended (${how}) without an answer: ${stderr}`)
  return {
    ...speak(child.stdout, child.stdin, over, greets),
    pid: child.pid as number,
    child,
    signal: (signal) => void child.kill(signal),
    endInput: () => void child.stdin.end(),
    ended,
    isAlive: () => !isOver && child.exitCode === null && child.signalCode === null,
    stdout: () => stdout,
    stderr: () => stderr
  }
}

/** How long the server takes from now on to end, in milliseconds, and its exit code or signal. */
export const timedEnd = async ({ ended }: ServerProcess) => {
  const since = performance.now()
  const code = await ended
  return { code, ms: performance.now() - since }
}
