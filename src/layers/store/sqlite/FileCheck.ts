import * as fs from "node:fs"
import * as Context from "effect/Context"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { StorageFailure } from "../../../domain/Errors.ts"
import { type Check, noCheck } from "../Engine.ts"
import { applicationId } from "./Migrations.ts"
import { changeCounter, descriptor, entry, type Identity, isSame, ownEntry } from "./openedFile.ts"

/**
 * How many real milliseconds a look is good for, because looks take longer than many statements. Between a commit and its answer hq always
 * looks at the database itself. A removed log is saved, and no other process can begin to write within so short a time.
 */
const goodFor = { main: 1, beside: 10 }

/** What has happened to the file. */
export interface Loss {
  readonly failure: StorageFailure
  /** Only the write-ahead log is gone, and no other process has begun a new one: this connection can still save what is in it. */
  readonly isLogRemoved: boolean
}

export interface OpenedCheck extends Check {
  /** Looks at the files now; undefined if all is well. Once there is a loss, there is one for good. */
  readonly loss: () => Loss | undefined
  /** Resolves when a loss is noticed. */
  readonly lost: Effect.Effect<Loss>
}

/**
 * Notices that the database's path no longer leads to the file that was opened. What is written then would be lost with the process. The
 * default never does: a host has opened its database itself, and may move it as it likes.
 */
export class FileCheck extends Context.Reference<FileCheck>()("hq/store/FileCheck", {
  defaultValue: (): Check => noCheck
}) {}

/**
 * Raises the file's counter: SQLite does so when it writes the first page, by one from what it has last read of it, so its cache must
 * forget the page. With a mark in the first transaction after each checkpoint, the counter of an older copy is always lower.
 */
const mark = { before: "PRAGMA shrink_memory", within: `PRAGMA application_id = ${applicationId}` }

const failure = (what: string, advice: string) =>
  new StorageFailure({
    reason: `${what} while hq was running: do not rely on this call; nothing more is read or written. Ask the operator to ${advice}`
  })

/** Checks a file that SQLite is about to open, with the two files that SQLite keeps beside it. */
export const make = (path: string): Effect.Effect<OpenedCheck, StorageFailure, Scope.Scope> =>
  Effect.zipWith(descriptor(path), Deferred.make<Loss>(), (fd, noticed) => {
    const real = fs.realpathSync(path)
    const wasLink = ownEntry(path)?.isSymbolicLink() === true
    const [log, index] = [`${real}-wal`, `${real}-shm`]
    let main: Identity = fs.fstatSync(fd)
    let modified = 0
    let counter = 0
    /** Whether the file has changed since this process last raised its counter. */
    let isMarkDue = true
    let isMarking = false
    /** Undefined before the first look: SQLite makes them when it first reads. */
    let beside: ReadonlyArray<Identity | undefined> | undefined
    const lookedAt = { main: Number.NEGATIVE_INFINITY, beside: Number.NEGATIVE_INFINITY }
    let lost: Loss | undefined

    const restart = "restart every hq process."
    const copyBack = `stop every hq process; if the file is an older copy, remove ${log} and ${index} and put it back once more; then start hq.`

    const lose = (failure: StorageFailure, isLogRemoved = false) => {
      lost = { failure, isLogRemoved }
      Deferred.unsafeDone(noticed, Effect.succeed(lost))
    }

    const lookAtMain = () => {
      const own = ownEntry(path)
      // SQLite names its log after the file that a link leads to: behind a new link, others would write another log.
      if (own !== undefined && own.isSymbolicLink() !== wasLink)
        return lose(failure(`The database file ${path} was moved, and a link put in its place`, restart))
      const now = wasLink ? entry(path) : own
      if (now === undefined) return lose(failure(`The database file ${path} was removed or renamed`, restart))
      if (!isSame(now, main)) {
        // Some file systems give an open file another number after a while.
        main = fs.fstatSync(fd)
        if (!isSame(now, main)) return lose(failure(`The database file ${path} was replaced`, copyBack))
      }
      if (now.nlink > 1)
        return lose(failure(`A hard link to the database file ${path} was made`, `remove it, then ${restart}`))
      if (now.mtimeMs === modified) return
      modified = now.mtimeMs
      isMarkDue = true
      const before = counter
      const found = changeCounter(fd, before)
      counter = found ?? -1
      const what = found === undefined ? "Something else" : "An older copy"
      if (counter < before) lose(failure(`${what} was written over the database file ${path}`, copyBack))
    }

    const lookBeside = () => {
      const now = [log, index].map(entry)
      beside ??= now
      const isKept = [log, index].map((_, at) => isSame(now[at], beside?.[at]))
      if (isKept[0] && isKept[1]) return
      const gone = [log, index].filter((_, at) => !isKept[at])
      const isAlone = isKept[1] || now[1] === undefined
      lose(
        failure(`SQLite's file ${gone.join(" and ")} was removed or replaced`, restart),
        now[0] === undefined && isAlone
      )
    }

    const look = () => {
      if (lost !== undefined) return lost
      const now = performance.now()
      lookAtMain()
      lookedAt.main = now
      if (lost !== undefined || now - lookedAt.beside < goodFor.beside) return lost
      lookBeside()
      lookedAt.beside = now
      return lost
    }
    const isRecent = () => lost === undefined && performance.now() - lookedAt.main < goodFor.main

    return {
      loss: look,
      lost: Deferred.await(noticed),
      mark: () => {
        isMarking = isMarkDue
        return isMarking ? mark : undefined
      },
      before: () => (isRecent() ? undefined : look()?.failure),
      afterCommit: () => {
        if (isMarking) isMarkDue = false
        return look()?.failure
      }
    }
  })
