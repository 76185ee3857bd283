import Sqlite from "better-sqlite3"

/* Raises the priority of two steps in one transaction, again and again, until it is ended. */

const [file, one, other] = process.argv.slice(2)
const db = new Sqlite(file, { timeout: 60_000 })
const raise = db.prepare("UPDATE steps SET priority = priority + 1 WHERE id = ?")
const both = db.transaction(() => {
  raise.run(one)
  raise.run(other)
})
process.stdout.write("ready\n")
for (;;) both.immediate()
