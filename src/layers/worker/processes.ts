import type { FileSystem } from "@effect/platform/FileSystem"
import * as Effect from "effect/Effect"

/** A process as Linux describes it in /proc. */
interface Stat {
  readonly state: string
  readonly group: number
  /** When it started, in ticks since the machine was booted. */
  readonly start: string
}

/** What is known of the process that has an id now. */
export interface Known {
  /** When it started: with the id, it names a process for good. Empty if the system does not tell. */
  readonly start: string
  readonly isStopped: boolean
}

/** Fields of /proc/<pid>/stat. The second is the name in brackets, with any character in it. */
const statOf = (text: string): Stat => {
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ")
  return { state: fields[0] ?? "", group: Number(fields[2]), start: fields[19] ?? "" }
}

/** A process that has ended, and for which nobody has waited, does nothing any more. */
const isOver = ({ state }: Stat): boolean => state === "Z" || state === "X"

/** Sends a signal, or with 0 none. Returns whether there was somebody to get it. */
const signal = (pid: number, name: NodeJS.Signals | 0) =>
  Effect.sync(() => {
    try {
      return process.kill(pid, name)
    } catch (error) {
      return (error as NodeJS.ErrnoException).code === "EPERM"
    }
  })

/** Looks at processes of this machine and ends them. Only Linux tells when a process started; elsewhere its id alone stands for it. */
export const make = Effect.fnUntraced(function* (files: FileSystem) {
  const read = (file: string) => Effect.orElseSucceed(files.readFileString(file), () => undefined)
  // The clock of starts begins anew with each boot.
  const boot = (yield* read("/proc/sys/kernel/random/boot_id"))?.slice(0, 8)
  const stat = (pid: number | string) =>
    Effect.map(read(`/proc/${pid}/stat`), (text) => (text === undefined ? undefined : statOf(text)))

  const allStats = Effect.flatMap(
    Effect.orElseSucceed(files.readDirectory("/proc"), (): Array<string> => []),
    (names) =>
      Effect.forEach(
        names.filter((name) => /^\d+$/.test(name)),
        stat
      )
  )

  return {
    own: process.pid,

    /** Undefined if no process has the id. */
    known: (pid: number): Effect.Effect<Known | undefined> =>
      Effect.gen(function* () {
        const found = yield* stat(pid)
        if (found !== undefined) {
          const start = boot === undefined ? "" : `${boot}.${found.start}`
          return isOver(found) ? undefined : { start, isStopped: found.state === "T" }
        }
        // What cannot be read may still be there: another user's process, or this one has too many files open.
        return (yield* signal(pid, 0)) ? { start: "", isStopped: false } : undefined
      }),

    /** Whether a process of the group is left. */
    isGroup: (group: number): Effect.Effect<boolean> =>
      Effect.gen(function* () {
        if (!(yield* signal(-group, 0))) return false
        const members = (yield* allStats).filter((one) => one?.group === group)
        return members.length === 0 || members.some((one) => one !== undefined && !isOver(one))
      }),

    /** Sends a signal to a process group. */
    signalGroup: (group: number, name: "SIGTERM" | "SIGKILL"): Effect.Effect<void> =>
      Effect.asVoid(signal(-group, name))
  }
})

export type Processes = Effect.Effect.Success<ReturnType<typeof make>>
