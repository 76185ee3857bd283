import type { Engine } from "../Engine.ts"
import { isBusy, storageFailure } from "./sqliteErrors.ts"

/** How SQLite begins and ends transactions. */
export const syntax: Pick<Engine, "reading" | "savepoint" | "writing"> = {
  reading: { begin: "BEGIN", keep: "COMMIT", undo: "ROLLBACK" },
  // A transaction that reads first and writes later could not get the write lock once another connection has written.
  writing: { begin: "BEGIN IMMEDIATE", keep: "COMMIT", undo: "ROLLBACK" },
  savepoint: (name) => ({ begin: `SAVEPOINT ${name}`, keep: `RELEASE ${name}`, undo: `ROLLBACK TO ${name}` })
}

/** What SQLite's errors mean. */
export const errors: Pick<Engine, "failure" | "isBusy"> = { failure: storageFailure, isBusy }
