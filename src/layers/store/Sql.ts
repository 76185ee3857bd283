import type { ReadyStepsQuery } from "./claimOrder.ts"
import type { Tables } from "./Tables.ts"

/** What a JSON value becomes as a column: `json` stays JSON, to be looked into or stored. */
export type ValueType = "integer" | "text" | "json"

/** A recursive query: `clause` opens the statement, `rows` stands in its FROM under the query's own name. */
export interface RecursiveQuery {
  readonly clause: string
  readonly rows: string
}

/**
 * SQL that engines write in different ways. Everything above the store is written once, with these fragments. Arguments named
 * `sql`, `json` or `id` are SQL expressions, such as a column or `?`.
 */
export interface Dialect {
  /** Stands after a table's name: has the engine read that index, if the engine takes such hints. @param index without the prefix */
  readonly indexed: (index: string) => string
  /** An inner join, with ON, that keeps the order in which the tables are named, if the engine takes such hints. */
  readonly join: string
  /** Whether `id` is one of those that a query finds. The query may refer to tables that stand before; the engine reads it first. */
  readonly isAmong: (id: string, query: string) => string
  /** Keeps the engine from choosing or building an index for this column. */
  readonly unindexed: (column: string) => string
  /** A table `alias` with one column, `value`: the items of a JSON array. */
  readonly items: (json: string, alias: string, type: ValueType) => string
  /** A member of a JSON object, or an item of a JSON array from 0 on; NULL if it is absent. */
  readonly field: (json: string, key: string | number, type: ValueType) => string
  /** The expression, or NULL if the text is not JSON, which a person at the shell may have left there. */
  readonly ifJson: (text: string, sql: string) => string
  /** Length of a JSON array. */
  readonly jsonLength: (json: string) => string
  /** Keeps a JSON value one, within another JSON value. */
  readonly json: (sql: string) => string
  readonly jsonObject: (fields: Readonly<Record<string, string>>) => string
  /** Aggregate: a JSON array of the rows' values; [] without rows. */
  readonly jsonArrayOf: (sql: string) => string
  /** Aggregate: a JSON object of the rows' keys and values; {} without rows. */
  readonly jsonObjectOf: (key: string, value: string) => string
  /** NULL if one of them is. */
  readonly greatest: (one: string, other: string) => string
  /** NULL if one of them is. */
  readonly least: (one: string, other: string) => string
  /** Whether a text matches a LIKE pattern, without regard to ASCII case; \ escapes. */
  readonly like: (text: string, pattern: string) => string
  /** A text to be compared or sorted without regard to ASCII case. It stands left of texts in lower case (`spellings` of domain/Names). */
  readonly caseless: (text: string) => string
  /**
   * Rows that are each found once, by following `next` from `first` on.
   * @param next selects from the query's name
   * @param limit how many rows are found at most
   */
  readonly recursive: (query: {
    readonly name: string
    readonly columns: string
    readonly first: string
    readonly next: string
    readonly limit?: number
  }) => RecursiveQuery
  /** Ready steps over many projects in claim order, at the cost of those that are asked for. */
  readonly readySteps: ReadyStepsQuery
  /** A statement whose `version` is another after every commit to the database, by any process. */
  readonly changeVersion: string
}

/** The tables' names and format and the engine's fragments: all that statements above the store are made of. */
export interface Sql extends Tables, Dialect {
  /** The tables' format that this program knows: its latest migration. Each transaction looks for a newer one; new rows say it. */
  readonly format: number
}

/** Builds what a store's statements are made into once for each store, however many rooms ask for it. */
export const perStore = <A>(make: (sql: Sql) => A): ((sql: Sql) => A) => {
  const made = new WeakMap<Sql, A>()
  return (sql) => {
    const found = made.get(sql) ?? make(sql)
    made.set(sql, found)
    return found
  }
}
