import Database from "better-sqlite3"

/** Looks into a database file as a person at the sqlite3 shell does, also while servers run. */
export const inspect = <A>(file: string, look: (db: Database.Database) => A): A => {
  const db = new Database(file, { readonly: true })
  try {
    return look(db)
  } finally {
    db.close()
  }
}

/** The rows of a query. */
export const query = <Row = Record<string, unknown>>(file: string, sql: string): ReadonlyArray<Row> =>
  inspect(file, (db) => db.prepare<[], Row>(sql).all())

/** Every row of every table. */
export const dump = (file: string): Record<string, ReadonlyArray<unknown>> =>
  inspect(file, (db) => {
    const tables = db
      .prepare<[], string>("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")
      .pluck()
      .all()
    return Object.fromEntries(tables.map((table) => [table, db.prepare(`SELECT * FROM ${table} ORDER BY 1, 2`).all()]))
  })
