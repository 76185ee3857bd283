import { execFile, spawnSync } from "node:child_process"
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { tempFolder } from "./temp.ts"

/* Real builds of earlier commits. */

const root = fileURLToPath(new URL("../..", import.meta.url))
const run = promisify(execFile)

/** Whether this clone has the commit: a shallow one may not. */
export const hasCommit = (commit: string): boolean =>
  spawnSync("git", ["cat-file", "-e", `${commit}^{commit}`], { cwd: root }).status === 0

/** Builds the server of that commit by its own script, with the packages that are installed. Returns its path. */
export const build = async (commit: string): Promise<string> => {
  const folder = tempFolder()
  const archive = join(folder, "source.tar")
  await run("git", ["archive", "--output", archive, commit], { cwd: root })
  await run("tar", ["-xf", archive], { cwd: folder })
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"))
  // The script has npx make the library's types, which take most of the time and are of no use here.
  const commands = join(folder, "commands")
  mkdirSync(commands)
  writeFileSync(join(commands, "npx"), "#!/bin/sh\n", { mode: 0o755 })
  const env = { ...process.env, PATH: `${commands}:${process.env.PATH}` }
  await run(process.execPath, ["scripts/build.mjs"], { cwd: folder, env })
  return join(folder, "dist", "hq.cjs")
}
