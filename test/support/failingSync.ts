import { execFileSync } from "node:child_process"
import { rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { tempFolder } from "./temp.ts"

export interface FailingSync {
  /** For the process whose disk is to fail. */
  readonly env: Readonly<Record<string, string>>
  readonly fail: () => void
  readonly heal: () => void
}

/** A disk that can refuse to sync. Undefined where there is no compiler or no LD_PRELOAD. */
export const failingSync = (): FailingSync | undefined => {
  if (process.platform !== "linux") return undefined
  const folder = tempFolder()
  const [library, flag] = [join(folder, "failingSync.so"), join(folder, "fails")]
  const source = fileURLToPath(new URL("failingSync.c", import.meta.url))
  try {
    execFileSync("cc", ["-shared", "-fPIC", "-o", library, source, "-ldl"], { stdio: "ignore" })
  } catch {
    return undefined
  }
  return {
    env: { LD_PRELOAD: library, HQ_TEST_FAILING_SYNC: flag },
    fail: () => writeFileSync(flag, ""),
    heal: () => rmSync(flag, { force: true })
  }
}
