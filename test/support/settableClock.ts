import { renameSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"

const preload = `--require "${fileURLToPath(new URL("clock.cjs", import.meta.url))}"`

/** A wall clock for a server's program, which can be set at any time. @param offset milliseconds by which it is ahead at first */
export const settableClock = (folder: string, name: string, offset: number) => {
  const file = join(folder, `clock-${name}`)
  const set = (millis: number) => {
    writeFileSync(`${file}.new`, String(millis))
    // In one go: the server reads it all the time.
    renameSync(`${file}.new`, file)
  }
  set(offset)
  return { set, env: { NODE_OPTIONS: preload, TEST_CLOCK_OFFSET: file } }
}
