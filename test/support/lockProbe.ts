import { once } from "node:events"
import { setTimeout } from "node:timers/promises"
import { Worker } from "node:worker_threads"
import { atEnd } from "./cleanup.ts"

const [stop, longest, turns] = [0, 1, 2]

export interface LockProbe {
  /** Milliseconds for which somebody held the write lock at most, since the last call of this. */
  readonly longest: () => Promise<number>
}

/** Asks for the write lock of a database all the time, from a thread of its own, until the tests of the file are over. */
export const watchLock = async (filename: string): Promise<LockProbe> => {
  const shared = new SharedArrayBuffer(12)
  const cells = new Int32Array(shared)
  const worker = new Worker(new URL("./lockProbe.mjs", import.meta.url), { workerData: { filename, shared } })
  const over = once(worker, "exit")
  atEnd(async () => {
    Atomics.store(cells, stop, 1)
    await over
  })
  /** Two turns with the lock: before the first of them, somebody may still have held it. */
  const twoTurns = async () => {
    const since = Atomics.load(cells, turns)
    while (Atomics.load(cells, turns) < since + 2) await setTimeout(1)
  }
  await twoTurns()
  return {
    longest: async () => {
      await twoTurns()
      return Atomics.exchange(cells, longest, 0) / 1000
    }
  }
}
