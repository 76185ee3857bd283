import Sqlite from "better-sqlite3"
import { better, defineQueue } from "plainjob"

/** plainjob is a job queue on the same driver. Its commits are durable here. */
export const plainjob = (file: string) => {
  const db = new Sqlite(file)
  const queue = defineQueue({ connection: better(db) })
  // Must come last, because the queue sets NORMAL.
  db.pragma("synchronous = FULL")
  return queue
}
