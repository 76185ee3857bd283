import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { fileURLToPath } from "node:url"

const bin = fileURLToPath(new URL("../dist/hq.cjs", import.meta.url))

interface Surroundings {
  /** The database file. */
  readonly file: string
  readonly folder?: string
  readonly environment?: Readonly<Record<string, string>>
}

/** Starts the built command line. What it answers and says are pipes. */
export const startProgram = (
  args: ReadonlyArray<string>,
  { environment = {}, file, folder }: Surroundings
): ChildProcess =>
  spawn(process.execPath, [bin, ...args], {
    env: { PATH: process.env.PATH, HOME: "/nonexistent", AGENT_DB_PATH: file, ...environment },
    stdio: ["ignore", "pipe", "pipe"],
    ...(folder === undefined ? {} : { cwd: folder })
  })

const ended = async (child: ChildProcess): Promise<string> => {
  let [answer, said] = ["", ""]
  child.stdout?.on("data", (data) => {
    answer += data
  })
  child.stderr?.on("data", (data) => {
    said += data
  })
  const [code] = await once(child, "close")
  if (code !== 0) throw new Error(`${child.spawnargs.slice(2).join(" ")} ended with ${code}: ${answer}${said}`)
  return answer
}

/** Runs a command to its end and returns its answer. */
export const answerOf = (args: ReadonlyArray<string>, surroundings: Surroundings): Promise<string> =>
  ended(startProgram(args, surroundings))

/** Runs a command to its end. Returns how long that takes in milliseconds, the start of the process included. */
export const timeOf = async (args: ReadonlyArray<string>, surroundings: Surroundings): Promise<number> => {
  const since = performance.now()
  await ended(startProgram(args, surroundings))
  return performance.now() - since
}

/** How long Node.js takes to run a program that does nothing, in milliseconds. */
export const timeOfNode = async (): Promise<number> => {
  const since = performance.now()
  await ended(spawn(process.execPath, ["-e", "0"], { stdio: ["ignore", "pipe", "pipe"] }))
  return performance.now() - since
}
