import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { FileSystem } from "@effect/platform/FileSystem"
import { Path } from "@effect/platform/Path"
import * as NodeContext from "@effect/platform-node/NodeContext"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Locks from "../../../src/layers/worker/locks.ts"
import * as Processes from "../../../src/layers/worker/processes.ts"
import { atEnd } from "../../support/cleanup.ts"
import { tempFolder } from "../../support/temp.ts"
import { until } from "../../support/world.ts"

/** Locks in a folder. @param hidden what of the file system cannot be seen, such as /proc */
const locksIn = (folder: string, hidden = "/no such folder") =>
  Effect.gen(function* () {
    const [files, path] = [yield* FileSystem, yield* Path]
    const read = (file: string) => (file.startsWith(hidden) ? join(folder, "missing") : file)
    const seen = { ...files, readFileString: (file: string) => files.readFileString(read(file)) }
    return Locks.make(seen, path, yield* Processes.make(seen), { locks: folder, makeFolders: Effect.void })
  }).pipe(Effect.provide(NodeContext.layer))

/** Starts a shell as the leader of a process group. Ends it with the test. */
const startGroup = (script: string): ChildProcess & { readonly pid: number } => {
  const child = spawn("sh", ["-c", script], { detached: true, stdio: "ignore" })
  atEnd(() => {
    try {
      process.kill(-(child.pid as number), "SIGKILL")
    } catch {
      // It has ended.
    }
  })
  return child as ChildProcess & { readonly pid: number }
}

/** The part of a lock file's name that says when a process started. */
const startOf = (pid: number) =>
  Effect.gen(function* () {
    const processes = yield* Processes.make(yield* FileSystem)
    return (yield* processes.known(pid))?.start ?? ""
  }).pipe(Effect.provide(NodeContext.layer))

/** Takes the lock "it" as soon as it can, and says what it was told until then. */
const take = (locks: Locks.Locks) => {
  const told: Array<string> = []
  const taking = Effect.scoped(locks.take("it", (why) => Effect.sync(() => void told.push(why))))
  return Effect.map(Effect.fork(taking), (fiber) => ({ told, fiber }))
}

const nobody = () => Effect.void

describe("locks of a worker", () => {
  it.live("lets one at a time under a name, however many want it, and leaves no file", () =>
    Effect.gen(function* () {
      const folder = tempFolder()
      // As processes have it: with nothing in common but the folder.
      const all = yield* Effect.forEach(Array.from({ length: 8 }), () => locksIn(folder))
      let [inside, most, done] = [0, 0, 0]
      const body = Effect.gen(function* () {
        inside += 1
        most = Math.max(most, inside)
        yield* Effect.sleep("3 millis")
        inside -= 1
        done += 1
      })
      yield* Effect.forEach(
        [...all, ...all],
        (locks) => Effect.scoped(Effect.zipRight(locks.take("it", nobody), body)),
        { concurrency: "unbounded" }
      )
      assert.deepStrictEqual({ most, done }, { most: 1, done: 16 })
      assert.deepStrictEqual(readdirSync(folder), [])
    })
  )

  it.live("does not mind other names, and stops waiting if it is interrupted", () =>
    Effect.gen(function* () {
      const folder = tempFolder()
      const locks = yield* locksIn(folder)
      yield* locks.take("it", nobody)
      yield* Effect.scoped(locks.take("it-too", nobody))
      const { fiber, told } = yield* take(locks)
      while (told.length === 0) yield* Effect.sleep("20 millis")
      assert.deepStrictEqual(told, ["this process has it"])
      yield* Fiber.interrupt(fiber)
      assert.lengthOf(readdirSync(folder), 1)
    }).pipe(Effect.scoped)
  )

  it.live(
    "takes the lock of a process that is gone, also if its id is another's now, but not of one that is stopped",
    () =>
      Effect.gen(function* () {
        const folder = tempFolder()
        const locks = yield* locksIn(folder)
        const gone = startGroup("exit 0")
        yield* Effect.promise(() => once(gone, "exit"))
        writeFileSync(join(folder, `it~${gone.pid}~~a`), "")
        writeFileSync(join(folder, `it~${process.pid}~boot.1~b`), "")
        const stopped = startGroup("exec sleep 100")
        const file = join(folder, `it~${stopped.pid}~${yield* startOf(stopped.pid)}~c`)
        writeFileSync(file, "")
        stopped.kill("SIGSTOP")
        const { fiber, told } = yield* take(locks)
        while (told.length === 0) yield* Effect.sleep("20 millis")
        assert.deepStrictEqual(told, [`process ${stopped.pid} has it, and is stopped. Continue or end that process`])
        assert.deepStrictEqual(readdirSync(folder).length, 1)
        stopped.kill("SIGKILL")
        yield* Fiber.join(fiber)
        assert.isFalse(existsSync(file))
      })
  )

  it.live("ends the process groups that a killed holder has noted before it takes the lock", () =>
    Effect.gen(function* () {
      const folder = tempFolder()
      const locks = yield* locksIn(folder)
      const ready = join(tempFolder(), "ready")
      const stubborn = startGroup(`trap '' TERM; touch ${ready}; while :; do sleep 1; done`)
      yield* Effect.promise(() => until("it minds no SIGTERM", 5000, () => existsSync(ready)))
      const { fiber, told } = yield* Effect.scoped(
        Effect.gen(function* () {
          const { note } = yield* locks.take("it", nobody)
          yield* note(stubborn.pid)
          // The same file as a process leaves it that was killed.
          const [own = ""] = readdirSync(folder)
          const left = own.replace(/~\d+~/, `~${2 ** 22 + 1}~`)
          writeFileSync(join(folder, left), readFileSync(join(folder, own)))
          return yield* take(locks)
        })
      )
      while (told.length === 0) yield* Effect.sleep("20 millis")
      assert.deepStrictEqual(told, [`a program of a killed process is being ended (process group ${stubborn.pid})`])
      const ended = once(stubborn, "exit")
      yield* Fiber.join(fiber)
      assert.deepStrictEqual(yield* Effect.promise(() => ended), [null, "SIGKILL"])
      assert.deepStrictEqual(readdirSync(folder), [])
    })
  )

  it.live("waits for a group whose leader has ended, and never signals it, nor another's group with its id", () =>
    Effect.gen(function* () {
      const folder = tempFolder()
      const locks = yield* locksIn(folder)
      const orphaned = startGroup("sleep 100 & exit 0")
      yield* Effect.promise(() => once(orphaned, "exit"))
      const other = startGroup("exec sleep 100")
      writeFileSync(join(folder, `it~${2 ** 22 + 1}~~a`), `${orphaned.pid} x.1\n${other.pid} x.2\n`)
      const { fiber, told } = yield* take(locks)
      while (told.length === 0) yield* Effect.sleep("20 millis")
      assert.deepStrictEqual(told, [`a program of a killed process still runs. To end it: kill -- -${orphaned.pid}`])
      process.kill(-orphaned.pid, "SIGTERM")
      yield* Fiber.join(fiber)
      assert.isNull(other.exitCode)
      assert.isNull(other.signalCode)
    })
  )

  it.live("knows processes by their ids alone where the system tells no more", () =>
    Effect.gen(function* () {
      const folder = tempFolder()
      const locks = yield* locksIn(folder, "/proc")
      const holder = startGroup("exec sleep 100")
      const group = startGroup("exec sleep 100")
      yield* Effect.scoped(
        Effect.gen(function* () {
          const { note } = yield* locks.take("it", nobody)
          const [own = ""] = readdirSync(folder)
          assert.match(own, new RegExp(`^it~${process.pid}~~`))
          yield* note(group.pid)
          assert.strictEqual(readFileSync(join(folder, own), "utf8"), `${group.pid} \n`)
        })
      )
      writeFileSync(join(folder, `it~${holder.pid}~~a`), `${group.pid} \n`)
      const { fiber, told } = yield* take(locks)
      while (told.length === 0) yield* Effect.sleep("20 millis")
      holder.kill("SIGKILL")
      while (told.length === 1) yield* Effect.sleep("20 millis")
      assert.deepStrictEqual(told, [
        `process ${holder.pid} has it`,
        `a program of a killed process still runs. To end it: kill -- -${group.pid}`
      ])
      group.kill("SIGKILL")
      yield* Effect.promise(() => until("it is gone", 5000, () => group.signalCode !== null))
      yield* Fiber.join(fiber)
    })
  )

  it.live("says what is wrong if its folder cannot be read", () =>
    Effect.gen(function* () {
      const folder = tempFolder()
      const locks = yield* locksIn(folder)
      rmSync(folder, { recursive: true })
      writeFileSync(folder, "")
      const { message } = yield* Effect.flip(Effect.scoped(locks.take("it", nobody)))
      assert.match(message, /^A lock in .* cannot be made: .* Make room for it\.$/)
    })
  )
})
