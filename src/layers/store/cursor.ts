import * as Effect from "effect/Effect"
import { type InvalidInput, invalidInput } from "../../domain/Errors.ts"
import { budget, cost, mapLazily, takeWithin, truncate } from "../../domain/ResponseBudget.ts"

/** The sort key of a page's last row. Callers see it as opaque text. */
export type Key = ReadonlyArray<number | string>

/** The lists that have cursors. A cursor is valid for its own list only. */
export type List = "steps" | "projects" | "available" | "held" | "stale" | "events"

const encode = (list: List, key: Key): string => Buffer.from(JSON.stringify([list, ...key])).toString("base64url")

/** Numbers in a key are priorities, ids and step numbers. */
const fits = (part: unknown, like: number | string | undefined): boolean =>
  typeof like === "number" ? Number.isSafeInteger(part) : typeof part === typeof like

/**
 * Returns the sort key of a cursor, or `first`, the key before every row, if there is none. Fails with InvalidInput if the text is no
 * cursor of this list.
 */
export const decode = <K extends Key>(
  list: List,
  cursor: string | undefined,
  first: K
): Effect.Effect<K, InvalidInput> =>
  Effect.suspend(() => {
    if (cursor === undefined) return Effect.succeed(first)
    try {
      const [of, ...key]: ReadonlyArray<unknown> = JSON.parse(Buffer.from(cursor, "base64url").toString())
      if (of === list && key.length === first.length && key.every((part, index) => fits(part, first[index]))) {
        return Effect.succeed(key as unknown as K)
      }
    } catch {
      // Refused below.
    }
    return invalidInput("cursor", "must be the next_cursor of the previous page of the same list")
  })

/** Entries of a page at most, if the request has no limit. */
const defaultLimit = 100

/** Characters of the rows of a page at most, if the request has a limit: agents may leave a thousand times 192 KiB. */
const maxCharacters = 8_000_000

/** Rows to read: one more than the page may hold, to know whether another page follows. */
export const wanted = ({ limit = defaultLimit }: { readonly limit?: number }): number => limit + 1

const charactersOf = (row: object): number =>
  Object.values(row).reduce((sum: number, value) => sum + (typeof value === "string" ? value.length : 0), 0)

/**
 * Makes a page of `wanted` rows. Without a limit it ends once its entries, each truncated, fill the budget of a page; with one, once its
 * rows are so long that an answer in full would fill the memory. The last page has no cursor.
 */
export const page = <Row extends object, Entry extends object>(
  list: List,
  request: { readonly limit?: number },
  rows: ReadonlyArray<Row>,
  entry: (row: Row) => Entry,
  key: (row: Row) => Key
): { readonly entries: ReadonlyArray<Entry>; readonly next: { readonly next_cursor?: string } } => {
  const entries =
    request.limit === undefined
      ? takeWithin(mapLazily(rows.slice(0, defaultLimit), entry), budget.page, (one) =>
          cost(truncate(one, budget.entry))
        )
      : takeWithin<Row>(rows.slice(0, request.limit), maxCharacters, charactersOf).map(entry)
  const last = rows[entries.length - 1]
  return {
    entries,
    next: rows.length > entries.length && last !== undefined ? { next_cursor: encode(list, key(last)) } : {}
  }
}
