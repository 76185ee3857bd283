/**
 * Maximum size of an answer, in bytes, unless the caller asks for more. A line is one JSON-RPC message of at most
 * 20,000 bytes, of which MCP takes 400. The JSON appears in it twice: as escaped text and as an object. About 8,000
 * bytes of JSON fit.
 */
export const budget = {
  /** The whole result. */
  result: 19_600,
  /** The entries of a page. The rest is for the fields beside them, such as next_cursor. */
  page: 17_000,
  /** One entry of a page. Seven of the largest fit into a page. */
  entry: 2_400,
  /** The fields of an error. The message built from them appears twice more. */
  error: 12_000,
  /** The faults that an InvalidInput lists. */
  faults: 11_500
} as const

/** Printable ASCII without escapes: each character costs two bytes. */
const isPlain = /^[ !#-[\]-~]*$/

const twice = (json: string): number => Buffer.byteLength(json) + Buffer.byteLength(JSON.stringify(json))

/** Returns the bytes that a value takes in a line: both copies, each with a comma. */
export const cost = (value: unknown): number => {
  if (typeof value === "string" && isPlain.test(value)) return 2 * value.length + 8
  return twice(JSON.stringify(value))
}

/**
 * Whether the value costs at most that many bytes. Much larger values fail fast, because a character costs at least two
 * bytes.
 */
const isWithin = (value: object, bytes: number): boolean => {
  const json = JSON.stringify(value)
  return 2 * json.length <= bytes && twice(json) <= bytes
}

/** Returns the longest prefix of the entries that costs at most `bytes`, but at least one entry. */
export const takeWithin = <A>(
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

/** Yields `make(entry)` for each entry, evaluated on demand. */
export const mapLazily = function* <A, B>(entries: Iterable<A>, make: (entry: A) => B): Generator<B> {
  for (const entry of entries) yield make(entry)
}

const textCost = (text: string): number => cost(text) - cost("")

/** Returns the text, truncated to `room` bytes and ending in … if it is longer. */
const truncateText = (text: string, room: number): string => {
  if (2 * text.length <= room && textCost(text) <= room) return text
  for (let length = Math.floor((room - textCost("…")) / 2); length > 0; length = Math.floor(0.9 * length)) {
    const shown = `${text.slice(0, length).replace(/[\uD800-\uDBFF]$/, "")}…`
    if (textCost(shown) <= room) return shown
  }
  return "…"
}

const truncateEntry = (entry: unknown, room: number): unknown =>
  typeof entry === "number" || cost(entry) <= room
    ? entry
    : truncateText(typeof entry === "string" ? entry : JSON.stringify(entry), room - cost(""))

const truncateList = (list: ReadonlyArray<unknown>, room: number): ReadonlyArray<unknown> =>
  takeWithin(
    mapLazily(list, (entry) => truncateEntry(entry, room)),
    room
  )

const isObject = (value: unknown): boolean => typeof value === "object" && value !== null && !Array.isArray(value)

interface Leaves {
  readonly text: (text: string) => string
  /** Replaces a list of texts or numbers. */
  readonly list: (list: ReadonlyArray<unknown>) => ReadonlyArray<unknown>
  /** Replaces a list of objects. Their own leaves are replaced afterwards. */
  readonly objects: (list: ReadonlyArray<unknown>) => ReadonlyArray<unknown>
}

/** Returns a copy with replaced leaves. If `files` loses entries, `files_more` counts them. */
const mapLeaves = (value: unknown, leaves: Leaves): unknown => {
  if (typeof value === "string") return leaves.text(value)
  if (Array.isArray(value)) return leaves.list(value)
  if (!isObject(value)) return value
  const fields = new Map(Object.entries(value as object))
  for (const [name, field] of fields) {
    const kept =
      Array.isArray(field) && isObject(field[0])
        ? leaves.objects(field).map((entry) => mapLeaves(entry, leaves))
        : mapLeaves(field, leaves)
    fields.set(name, kept)
    const lost = Array.isArray(field) ? field.length - (kept as ReadonlyArray<unknown>).length : 0
    if (lost > 0) fields.set(`${name}_more`, lost + Number(fields.get(`${name}_more`) ?? 0))
  }
  return Object.fromEntries(fields)
}

/**
 * Returns the budget of each leaf so that all fit into `bytes`. Leaves smaller than their share leave the rest to
 * others.
 */
const fairShare = (sizes: ReadonlyArray<number>, bytes: number): number => {
  let left = bytes
  for (const [index, size] of sizes.toSorted((a, b) => a - b).entries()) {
    const each = left / (sizes.length - index)
    if (size > each) return each
    left -= size
  }
  return Number.POSITIVE_INFINITY
}

/** Below this size a truncated text or list says too little. Lists of objects are shortened instead. */
const minReadable = 150

/**
 * Returns the value if it costs at most `bytes`; otherwise a copy with truncated texts and lists. All are truncated to
 * the same size: texts end in …, and a `…_more` field counts what a list lost. Numbers, short texts and the fields of
 * objects stay.
 */
export const truncate = <A extends object>(value: A, bytes: number): A => {
  if (isWithin(value, bytes)) return value
  const measure = (maxObjects: number) => {
    const sizes: Array<number> = []
    let longest = 0
    const skeleton = mapLeaves(value, {
      text: (text) => {
        sizes.push(2 * text.length > bytes ? bytes : textCost(text))
        return ""
      },
      list: (list) => {
        const kept = takeWithin(list, bytes)
        sizes.push(kept.length < list.length ? bytes : cost(kept))
        return []
      },
      objects: (list) => {
        longest = Math.max(longest, list.length)
        return list.slice(0, maxObjects)
      }
    })
    return { longest, room: fairShare(sizes, bytes - cost(skeleton)) }
  }
  let { longest: maxObjects, room } = measure(Number.POSITIVE_INFINITY)
  while (room < minReadable && maxObjects > 1) {
    maxObjects = Math.floor(0.75 * maxObjects)
    room = measure(maxObjects).room
  }
  return mapLeaves(value, {
    text: (text) => truncateText(text, room),
    list: (list) => truncateList(list, room),
    objects: (list) => list.slice(0, maxObjects)
  }) as A
}

/** Returns the field that counts omitted entries, or no field if none was omitted. */
export const omittedCount = <Name extends string>(name: Name, count: number): { readonly [N in Name]?: number } =>
  (count > 0 ? { [name]: count } : {}) as { readonly [N in Name]?: number }
