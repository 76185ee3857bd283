import type { Engine } from "../Engine.ts"

/** How SQLite begins and ends transactions. */
export const transactions: Pick<Engine, "reading" | "savepoint" | "writing"> = {
  reading: { begin: "BEGIN", keep: "COMMIT", undo: "ROLLBACK" },
  // A transaction that reads first and writes later could not get the write lock once another connection has written.
  writing: { begin: "BEGIN IMMEDIATE", keep: "COMMIT", undo: "ROLLBACK" },
  savepoint: (name) => ({ begin: `SAVEPOINT ${name}`, keep: `RELEASE ${name}`, undo: `ROLLBACK TO ${name}` })
}
