import { workerData } from "node:worker_threads"
import Database from "better-sqlite3"

// Another SQLite client that asks for the write lock all the time: how long it was refused is how long somebody else held it.
const { filename, shared } = workerData
const [stop, longest, turns] = [0, 1, 2]
const cells = new Int32Array(shared)
const db = new Database(filename, { timeout: 0 })
const begin = db.prepare("BEGIN IMMEDIATE")
const end = db.prepare("ROLLBACK")
let free = performance.now()
while (Atomics.load(cells, stop) === 0) {
  try {
    begin.run()
    end.run()
    const now = performance.now()
    const held = Math.round((now - free) * 1000)
    if (held > Atomics.load(cells, longest)) Atomics.store(cells, longest, held)
    free = now
    Atomics.add(cells, turns, 1)
  } catch (error) {
    if (error.code !== "SQLITE_BUSY") throw error
  }
  Atomics.wait(cells, stop, 0, 1)
}
db.close()
