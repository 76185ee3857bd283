import { execFileSync } from "node:child_process"
import { existsSync, readFileSync, realpathSync, renameSync, rmSync, writeFileSync } from "node:fs"
import { basename, dirname, join } from "node:path"
import { fileURLToPath } from "node:url"

/** What the system is asked to do; "any" is each of them. */
export type Call = "open" | "write" | "sync" | "truncate" | "unlink" | "any"

/** "pass" lets the call be, to count it. A torn write is killed in its middle; a short one returns there. EIO and ENOSPC do nothing but fail. */
export type Act = "pass" | "kill-before" | "kill-after" | "torn" | "short" | "EIO" | "ENOSPC"

export interface Fault {
  readonly call: Call
  /** Number of the first call of that kind, from 1 on, counted from when the fault was set. */
  readonly at: number
  readonly act: Act
  /** Whether later calls meet it too. */
  readonly repeat: "once" | "always"
}

export interface FaultyDisk {
  /** For the processes whose disk it is. */
  readonly env: Readonly<Record<string, string>>
  /** Path of the journal of all that was done, see diskJournal.ts. */
  readonly journal: string
  readonly set: (fault: Fault) => void
  readonly heal: () => void
  /** The calls that met the faults so far, each as its kind and what follows the database's path in the file's name ("/": the folder). */
  readonly hits: () => ReadonlyArray<string>
}

const source = fileURLToPath(new URL("diskFaults.c", import.meta.url))

/**
 * Compiles the library that makes a disk fail, into the folder; returns its path. Undefined where there is no LD_PRELOAD or no compiler;
 * in CI, which must not pass without these tests, that is an error.
 */
export const buildDiskFaults = (folder: string): string | undefined => {
  if (process.platform !== "linux") return undefined
  const library = join(folder, "diskFaults.so")
  try {
    execFileSync("cc", ["-shared", "-fPIC", "-o", library, source, "-ldl", "-lpthread"], { stdio: "pipe" })
    return library
  } catch (error) {
    if (process.env.CI) throw new Error("the tests of disk faults need a C compiler", { cause: error })
    return undefined
  }
}

/** Why the scenarios of disk faults cannot be played. */
export const noDiskFaults = { skipped: "needs Linux and a C compiler" }

/**
 * The disk of a database file, which need not be there yet. Its folder must be.
 *
 * @param library what buildDiskFaults returned
 * @param isJournalled whether all that is done to the file is written down
 */
export const faultyDisk = (library: string, db: string, isJournalled = false): FaultyDisk => {
  const file = join(realpathSync(dirname(db)), basename(db))
  const [plan, journal] = [`${file}.plan`, `${file}.journalled`]
  return {
    env: {
      LD_PRELOAD: library,
      HQ_FAULTS_FILE: file,
      HQ_FAULTS_PLAN: plan,
      ...(isJournalled ? { HQ_FAULTS_JOURNAL: journal } : {})
    },
    journal,
    set: ({ call, at, act, repeat }) => {
      writeFileSync(`${plan}.new`, `${call} ${at} ${act} ${repeat}`)
      renameSync(`${plan}.new`, plan)
    },
    heal: () => rmSync(plan, { force: true }),
    hits: () =>
      existsSync(`${plan}.hits`)
        ? readFileSync(`${plan}.hits`, "utf8")
            .split("\n")
            .filter((line) => line !== "")
        : []
  }
}
