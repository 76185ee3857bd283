import { spawn } from "node:child_process"
import { once } from "node:events"
import { fileURLToPath } from "node:url"
import { atEnd } from "./cleanup.ts"

const root = fileURLToPath(new URL("../..", import.meta.url))

export interface Script {
  readonly kill: (signal: NodeJS.Signals) => void
  /** Resolves when standard output has the text; rejects when the process ends without it. */
  readonly prints: (text: string) => Promise<void>
  /** Resolves when the process has ended, with all that it wrote; `code` is null where a signal ended it. */
  readonly ended: Promise<{ readonly code: number | null; readonly stdout: string; readonly stderr: string }>
}

/** Runs a TypeScript file of this repository as a process of its own, with `temp` as its folder for temporary files. */
export const runScript = (file: string, temp: string, args: ReadonlyArray<string> = []): Script => {
  const child = spawn(process.execPath, ["--import", "tsx", file, ...args], {
    cwd: root,
    env: { ...process.env, TMPDIR: temp, TEMP: temp },
    stdio: ["ignore", "pipe", "pipe"]
  })
  atEnd(() => child.kill("SIGKILL"))
  let stdout = ""
  let stderr = ""
  child.stdout.on("data", (chunk) => {
    stdout += chunk
  })
  child.stderr.on("data", (chunk) => {
    stderr += chunk
  })
  const ended = once(child, "close").then(([code]) => ({ code: code as number | null, stdout, stderr }))
  return {
    kill: (signal) => void child.kill(signal),
    prints: (text) =>
      new Promise((resolve, reject) => {
        const look = () => {
          if (stdout.includes(text)) resolve()
        }
        child.stdout.on("data", look)
        look()
        ended.then(() => reject(new Error(`ended without ${JSON.stringify(text)}:\n${stdout}${stderr}`)), reject)
      }),
    ended
  }
}
