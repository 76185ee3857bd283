/**
 * How large an answer may be unless the caller asked for more, in bytes of its line. A line is one JSON-RPC message of at most 20,000
 * bytes, of which MCP takes 400. The JSON stands in it twice: as text, in which every quote is escaped, and as an object; so this
 * is room for about 8,000 bytes of JSON.
 */
export const budget = {
  /** All of a result. */
  result: 19_600,
  /** The entries of a page. The rest is for what stands beside them: the project, next_cursor. */
  page: 17_000,
  /** One entry of a page, which has room for seven of the largest. */
  entry: 2_400,
  /** The fields of an error. Its message, made of them, stands in the line twice besides. */
  error: 12_000,
  /** Those of an InvalidInput's fields that are told one by one. */
  faults: 11_500
} as const

/** Printable ASCII that needs no escape: two bytes a character. */
const isPlain = /^[ !#-[\]-~]*$/

const twice = (json: string): number => Buffer.byteLength(json) + Buffer.byteLength(JSON.stringify(json))

/** Bytes that a value takes in a line, both times, each with a comma. */
export const cost = (value: unknown): number => {
  if (typeof value === "string" && isPlain.test(value)) return 2 * value.length + 8
  return twice(JSON.stringify(value))
}

/** No character takes less than two bytes: what is far too large is not looked through. */
const isWithin = (value: object, bytes: number): boolean => {
  const json = JSON.stringify(value)
  return 2 * json.length <= bytes && twice(json) <= bytes
}

/** The first of the entries, as many as take so many bytes together, and at least one. */
export const fitting = <A>(
  entries: Iterable<A>,
  bytes: number,
  size: (entry: A) => number = cost
): ReadonlyArray<A> => {
  const kept: Array<A> = []
  let left = bytes
  for (const entry of entries) {
    left -= size(entry)
    if (left < 0 && kept.length > 0) return kept
    kept.push(entry)
  }
  return kept
}

/** Applies `make` to one entry at a time, as they are asked for. */
export const lazily = function* <A, B>(entries: Iterable<A>, make: (entry: A) => B): Generator<B> {
  for (const entry of entries) yield make(entry)
}

const added = (text: string): number => cost(text) - cost("")

/** Ends with … where something is left out. */
const cutText = (text: string, room: number): string => {
  if (2 * text.length <= room && added(text) <= room) return text
  for (let length = Math.floor((room - added("…")) / 2); length > 0; length = Math.floor(0.9 * length)) {
    const shown = `${text.slice(0, length).replace(/[\uD800-\uDBFF]$/, "")}…`
    if (added(shown) <= room) return shown
  }
  return "…"
}

const cutEntry = (entry: unknown, room: number): unknown =>
  typeof entry === "number" || cost(entry) <= room
    ? entry
    : cutText(typeof entry === "string" ? entry : JSON.stringify(entry), room - cost(""))

const cutList = (list: ReadonlyArray<unknown>, room: number): ReadonlyArray<unknown> =>
  fitting(
    lazily(list, (entry) => cutEntry(entry, room)),
    room
  )

const isObject = (value: unknown): boolean => typeof value === "object" && value !== null && !Array.isArray(value)

interface Leaves {
  readonly text: (text: string) => string
  /** A list of texts or numbers. */
  readonly list: (list: ReadonlyArray<unknown>) => ReadonlyArray<unknown>
  /** A list of objects; they are looked into afterwards. */
  readonly objects: (list: ReadonlyArray<unknown>) => ReadonlyArray<unknown>
}

/** A copy with other leaves. What a list loses is counted beside it: `files_more` are the entries that are missing in `files`. */
const withLeaves = (value: unknown, leaves: Leaves): unknown => {
  if (typeof value === "string") return leaves.text(value)
  if (Array.isArray(value)) return leaves.list(value)
  if (!isObject(value)) return value
  const fields = new Map(Object.entries(value as object))
  for (const [name, field] of fields) {
    const kept =
      Array.isArray(field) && isObject(field[0])
        ? leaves.objects(field).map((entry) => withLeaves(entry, leaves))
        : withLeaves(field, leaves)
    fields.set(name, kept)
    const lost = Array.isArray(field) ? field.length - (kept as ReadonlyArray<unknown>).length : 0
    if (lost > 0) fields.set(`${name}_more`, lost + Number(fields.get(`${name}_more`) ?? 0))
  }
  return Object.fromEntries(fields)
}

/** What each leaf may take, so that they take so many bytes together: small ones keep all of theirs. */
const share = (sizes: ReadonlyArray<number>, bytes: number): number => {
  let left = bytes
  for (const [index, size] of sizes.toSorted((a, b) => a - b).entries()) {
    const each = left / (sizes.length - index)
    if (size > each) return each
    left -= size
  }
  return Number.POSITIVE_INFINITY
}

/** A text or list that is shortened further tells little: rather than that, a list of objects loses some of them. */
const readable = 150

/**
 * The value itself where it takes no more than so many bytes; else a copy with its long texts and lists cut, all to the same
 * length: texts end with …, and what a list loses is counted in a field beside it that ends with _more. Short texts, numbers and
 * the fields of objects are kept.
 */
export const truncate = <A extends object>(value: A, bytes: number): A => {
  if (isWithin(value, bytes)) return value
  const measure = (most: number) => {
    const sizes: Array<number> = []
    let longest = 0
    const frame = withLeaves(value, {
      text: (text) => {
        sizes.push(2 * text.length > bytes ? bytes : added(text))
        return ""
      },
      list: (list) => {
        const kept = fitting(list, bytes)
        sizes.push(kept.length < list.length ? bytes : cost(kept))
        return []
      },
      objects: (list) => {
        longest = Math.max(longest, list.length)
        return list.slice(0, most)
      }
    })
    return { longest, room: share(sizes, bytes - cost(frame)) }
  }
  let { longest: most, room } = measure(Number.POSITIVE_INFINITY)
  while (room < readable && most > 1) {
    most = Math.floor(0.75 * most)
    room = measure(most).room
  }
  return withLeaves(value, {
    text: (text) => cutText(text, room),
    list: (list) => cutList(list, room),
    objects: (list) => list.slice(0, most)
  }) as A
}

/** What was left out of a list, under the name that tells how much: nothing where it is whole. */
export const leftOut = <Name extends string>(name: Name, count: number): { readonly [N in Name]?: number } =>
  (count > 0 ? { [name]: count } : {}) as { readonly [N in Name]?: number }
