import * as Effect from "effect/Effect"
import { budget, cost, mapLazily, takeWithin, truncate } from "../../domain/answers/ResponseBudget.ts"
import { InvalidInput } from "../../domain/Errors.ts"

/** Where a page of a list ends: the sort key of its last row. Callers see opaque text. */
export type Key = ReadonlyArray<number | string>

/** The lists that have cursors: one's cursor says nothing to another. */
export type List = "steps" | "projects" | "available" | "held" | "stale" | "events"

const encode = (list: List, key: Key): string => Buffer.from(JSON.stringify([list, ...key])).toString("base64url")

/** Numbers in a key are priorities, ids and step numbers. */
const fits = (part: unknown, like: number | string | undefined): boolean =>
  typeof like === "number" ? Number.isSafeInteger(part) : typeof part === typeof like

/**
 * The sort key behind a cursor, or `first` where none is given: the key before every row.
 * InvalidInput for text that hq did not give for a list of this kind.
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
      // Not ours: refused below.
    }
    return new InvalidInput({
      faults: [{ path: "cursor", message: "must be the next_cursor of the previous page of the same list" }]
    })
  })

/** Longest page where the caller names no limit. */
const defaultLimit = 100

/** Rows to ask the database for: one more than the page holds at most, to know whether another page follows. */
export const wanted = ({ limit = defaultLimit }: { readonly limit?: number }): number => limit + 1

/**
 * The page that `wanted` rows make. Where the caller named no limit, it ends once its entries, each of them briefly, fill the
 * budget of a page. The cursor is absent on the last page.
 */
export const page = <Row, Entry extends object>(
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
      : rows.slice(0, request.limit).map(entry)
  const last = rows[entries.length - 1]
  return {
    entries,
    next: rows.length > entries.length && last !== undefined ? { next_cursor: encode(list, key(last)) } : {}
  }
}
