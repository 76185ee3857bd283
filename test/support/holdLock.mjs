import Database from "better-sqlite3"

// Another SQLite client, stopped in the middle of a write: it holds the lock until it is killed.
const db = new Database(process.argv[2])
db.exec("BEGIN IMMEDIATE")
db.exec("UPDATE steps SET notes = 'half a write'")
process.kill(process.pid, "SIGSTOP")
