import type { FileSystem } from "@effect/platform/FileSystem"
import type { Path } from "@effect/platform/Path"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Random from "effect/Random"
import type * as Scope from "effect/Scope"
import { CannotWork } from "../../domain/Work.ts"
import type { Processes } from "./processes.ts"
import { fileName, type Repository } from "./repository.ts"

/** Milliseconds between two tries: at first, and at most. It is doubled each time. */
const firstPause = 25
const longestPause = 500

/** Milliseconds of waiting that are not worth a word. */
const soon = 1000

/** Milliseconds between SIGTERM and SIGKILL for what a killed process left. */
const grace = 5000

/** Between the parts of a lock file's name. `fileName` returns none. */
const mark = "~"

/** A lock that is held. */
export interface Lock {
  /** Notes a process group that is at work under the lock: if this process is killed, the lock is free only once the group has ended. */
  readonly note: (group: number) => Effect.Effect<void>
}

/** Who holds a lock. */
interface Holder {
  readonly file: string
  readonly pid: number
  readonly start: string
}

const holderOf = (file: string): Holder => {
  const [, pid, start = ""] = file.split(mark)
  return { file, pid: Number(pid), start }
}

/** Whether a start that was written down is that of the process with the id now. A start that the system did not tell is any. */
const isSame = (written: string, now: string): boolean => written === "" || now === "" || written === now

/** Lines of `note`. */
const groupsOf = (text: string) =>
  text
    .trim()
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => {
      const [group = "", start = ""] = line.split(" ")
      return { group: Number(group), start }
    })

/**
 * Locks over all processes of a machine, by name. Each holder has a file of its own in one folder, whose name says which process it is of. Who
 * wants a lock makes such a file, and then looks for others: of two at the same time, at least one sees the other and takes its file back. So
 * the file of a process that is gone can be removed by anybody. A process that is stopped keeps its locks, because it may go on.
 */
export const make = (
  files: FileSystem,
  path: Path,
  processes: Processes,
  { locks: folder, makeFolders }: Pick<Repository, "locks" | "makeFolders">
) => {
  const orCannot = Effect.mapError(
    ({ message }: { readonly message: string }) =>
      new CannotWork({ reason: `A lock in ${folder} cannot be made: ${message}.`, advice: "Make room for it." })
  )
  const remove = (file: string) => Effect.ignore(files.remove(path.join(folder, file), { force: true }))

  /** Why a group that a killed process left is in the way, if it is. It is ended if it is certain to be that group. */
  const leftBy = (group: number, start: string, began: number) =>
    Effect.gen(function* () {
      const leader = yield* processes.known(group)
      // No process gets the id of a group that still exists.
      if (leader !== undefined && !isSame(start, leader.start)) return undefined
      if (!(yield* processes.isGroup(group))) return undefined
      if (leader === undefined || leader.start === "") {
        return `a program of a killed process still runs. To end it: kill -- -${group}`
      }
      const isLate = (yield* Clock.currentTimeMillis) - began > grace
      yield* processes.signalGroup(group, isLate ? "SIGKILL" : "SIGTERM")
      return `a program of a killed process is being ended (process group ${group})`
    })

  /** Why a lock is not free because of this holder. Undefined if the holder is gone: its file is removed. */
  const inTheWay = ({ file, pid, start }: Holder, began: number) =>
    Effect.gen(function* () {
      const found = yield* processes.known(pid)
      if (found !== undefined && isSame(start, found.start)) {
        if (pid === processes.own) return "this process has it"
        return found.isStopped
          ? `process ${pid} has it, and is stopped. Continue or end that process`
          : `process ${pid} has it`
      }
      const noted = yield* Effect.orElseSucceed(files.readFileString(path.join(folder, file)), () => "")
      const left = yield* Effect.forEach(groupsOf(noted), (one) => leftBy(one.group, one.start, began))
      const reason = left.find((one) => one !== undefined)
      if (reason === undefined) yield* remove(file)
      return reason
    })

  /** @param began when the waiting began, in milliseconds since 1970 */
  const lookFor = (name: string, own: string, began: number) =>
    Effect.gen(function* () {
      const all = yield* orCannot(files.readDirectory(folder))
      const others = all.filter((file) => file !== own && file.startsWith(`${name}${mark}`))
      const reasons = yield* Effect.forEach(others, (file) => inTheWay(holderOf(file), began))
      return reasons.find((reason) => reason !== undefined)
    })

  const tryOnce = (name: string, own: string, began: number) =>
    Effect.gen(function* () {
      const before = yield* lookFor(name, own, began)
      if (before !== undefined) return before
      yield* orCannot(files.writeFileString(path.join(folder, own), "", { flag: "wx" }))
      const after = yield* lookFor(name, own, began)
      if (after !== undefined) yield* remove(own)
      return after
    }).pipe(Effect.tapError(() => remove(own)))

  return {
    /**
     * Waits for a lock and holds it until the scope closes. Fails with CannotWork if the folder cannot be written to.
     *
     * @param what is locked, such as a branch
     * @param onWait gets the reason of a wait that is long, and each other one that follows
     */
    take: (
      what: string,
      onWait: (reason: string) => Effect.Effect<void>
    ): Effect.Effect<Lock, CannotWork, Scope.Scope> =>
      Effect.uninterruptibleMask((restore) =>
        Effect.gen(function* () {
          yield* restore(makeFolders)
          const key = fileName(what)
          const start = (yield* processes.known(processes.own))?.start ?? ""
          const token = (yield* Random.nextIntBetween(36 ** 7, 36 ** 8)).toString(36)
          const own = [key, processes.own, start, token].join(mark)
          const began = yield* Clock.currentTimeMillis
          let told: string | undefined
          for (let pause = firstPause; ; pause = Math.min(2 * pause, longestPause)) {
            const reason = yield* tryOnce(key, own, began)
            if (reason === undefined) break
            if (reason !== told && (yield* Clock.currentTimeMillis) - began >= soon) {
              told = reason
              yield* restore(onWait(reason))
            }
            // Those that wait together must not try together.
            yield* restore(Effect.sleep(Duration.millis(pause * (0.5 + (yield* Random.next)))))
          }
          yield* Effect.addFinalizer(() => remove(own))
          return {
            note: (group: number) =>
              Effect.flatMap(processes.known(group), (leader) =>
                // "-" is no start: a leader that has ended already is not the process that has its id later.
                Effect.ignoreLogged(
                  files.writeFileString(path.join(folder, own), `${group} ${leader?.start ?? "-"}\n`, { flag: "a" })
                )
              )
          }
        })
      )
  }
}

export type Locks = ReturnType<typeof make>
