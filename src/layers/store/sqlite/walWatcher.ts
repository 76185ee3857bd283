import * as fs from "node:fs"
import * as Effect from "effect/Effect"
import type { ChangeSignal } from "../Changes.ts"

/** Calls back at the first change of the file; undefined if the system cannot watch it. */
const watch = (file: string, touch: () => void): fs.FSWatcher | undefined => {
  try {
    return fs.watch(file, { persistent: false }, touch).on("error", () => {})
  } catch {
    return undefined
  }
}

/**
 * Signals writes to the file's write-ahead log, by any process, within a millisecond; costs nothing while nobody writes. The write is
 * seen before its commit is done.
 */
export const walWatcher = (file: string): ChangeSignal =>
  Effect.map(
    Effect.acquireRelease(
      Effect.sync(() => {
        let isTouched = false
        let tell = () => {}
        const watcher = watch(`${file}-wal`, () => {
          isTouched = true
          // One signal is enough: a busy log would wake this process again and again.
          watcher?.close()
          tell()
        })
        const wait = Effect.async<void>((resume) => {
          tell = () => resume(Effect.void)
          if (isTouched) tell()
        })
        return { watcher, wait }
      }),
      ({ watcher }) => Effect.sync(() => watcher?.close())
    ),
    ({ wait, watcher }) => (watcher === undefined ? undefined : wait)
  )
