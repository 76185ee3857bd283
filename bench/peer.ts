import Sqlite from "better-sqlite3"
import { better, defineQueue } from "plainjob"

/** plainjob, a job queue on the same driver, with durable commits. */
export const peer = (file: string) => {
  const db = new Sqlite(file)
  const queue = defineQueue({ connection: better(db) })
  // After the queue has put it to NORMAL.
  db.pragma("synchronous = FULL")
  return queue
}
