import { spawn } from "node:child_process"
import { once } from "node:events"
import type { Ran } from "./cli.ts"
import { bin } from "./server.ts"

/** Runs the built command line to its end. Its home is `home`, so that it finds nothing of the one who tests. */
export const program = async (
  args: ReadonlyArray<string>,
  env: Readonly<Record<string, string>> = {},
  cwd?: string
): Promise<Ran> => {
  const child = spawn(process.execPath, [bin, ...args], {
    env: { PATH: process.env.PATH ?? "", HOME: "/nonexistent", ...env },
    stdio: ["ignore", "pipe", "pipe"],
    ...(cwd === undefined ? {} : { cwd })
  })
  let [out, err] = ["", ""]
  child.stdout.on("data", (chunk) => {
    out += chunk
  })
  child.stderr.on("data", (chunk) => {
    err += chunk
  })
  const [code] = await once(child, "close")
  return { code: code as number, out, err }
}
