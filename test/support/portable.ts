import type { Dialect, Sql } from "../../src/layers/store/Sql.ts"

/*
 * Tells the SQL that is written above the store from that of an engine's fragments. A fragment's text is put between marks, which
 * SQLite takes for comments; the arguments that are SQL of the caller's stay outside.
 */

const end = "/*>*/"

const marked = (name: keyof Dialect | "", text: string): string => `/*<${name}*/${text}${end}`

/** SQL that the caller gave to a fragment. */
const given = (text: string): string => `${end}${text}/*<*/`

/** The same fragments, with marks. @param terms gets what recursive queries are made of */
export const withMarks = (sql: Sql, terms: Set<string>): Sql => ({
  ...sql,
  indexed: (index) => marked("indexed", sql.indexed(index)),
  join: marked("join", sql.join),
  isAmong: (id, query) => marked("isAmong", sql.isAmong(given(id), given(query))),
  unindexed: (column) => marked("unindexed", sql.unindexed(given(column))),
  items: (json, alias, type) => marked("items", sql.items(given(json), alias, type)),
  field: (json, key, type) => marked("field", sql.field(given(json), key, type)),
  ifJson: (text, value) => marked("ifJson", sql.ifJson(given(text), given(value))),
  jsonLength: (json) => marked("jsonLength", sql.jsonLength(given(json))),
  json: (value) => marked("json", sql.json(given(value))),
  jsonObject: (fields) =>
    marked(
      "jsonObject",
      sql.jsonObject(Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, given(value)])))
    ),
  jsonArrayOf: (value) => marked("jsonArrayOf", sql.jsonArrayOf(given(value))),
  jsonObjectOf: (key, value) => marked("jsonObjectOf", sql.jsonObjectOf(given(key), given(value))),
  greatest: (one, other) => marked("greatest", sql.greatest(given(one), given(other))),
  least: (one, other) => marked("least", sql.least(given(one), given(other))),
  like: (text, pattern) => marked("like", sql.like(given(text), given(pattern))),
  caseless: (text) => marked("caseless", sql.caseless(given(text))),
  recursive: ({ first, next, ...query }) => {
    terms.add(first).add(next)
    const { clause, rows } = sql.recursive({ ...query, first: given(first), next: given(next) })
    return { clause: marked("recursive", clause), rows: marked("recursive", rows) }
  },
  readySteps: (wanted, after, limit, { columns, join, where, ...selection }) => {
    const { statement, values } = sql.readySteps(wanted, after, limit, {
      ...selection,
      columns: given(columns),
      ...(join === undefined ? {} : { join: given(join) }),
      ...(where === undefined ? {} : { where: given(where) })
    })
    return { statement: marked("readySteps", statement), values }
  },
  changeVersion: marked("changeVersion", sql.changeVersion)
})

/** Names of the fragments that a statement is made with. */
export const fragmentsOf = (statement: string): ReadonlyArray<string> =>
  Array.from(statement.matchAll(/\/\*<(\w+)\*\//g), ([, name]) => name as string)

/**
 * What stands above the store: each fragment is replaced by a word, a semicolon follows each of its arguments, and texts in quotes are
 * empty.
 */
export const aboveStore = (statement: string): string =>
  statement
    .replace(/\/\*<(\w*)\*\/.*?\/\*>\*\//gs, (_, name) =>
      name === "join" ? " JOIN " : name === "" ? "; " : " fragment "
    )
    .replace(/'(?:[^']|'')*'/g, "''")

/** What the bracket holds that opens at that index, and what follows it. */
const bracket = (text: string, open: number): readonly [inside: string, after: string] => {
  let depth = 0
  let at = open
  do {
    if (text[at] === "(") depth++
    else if (text[at] === ")") depth--
    at++
  } while (depth > 0 && at < text.length)
  return [text.slice(open + 1, at - 1), text.slice(at)]
}

/** The text without what is in brackets. */
const outside = (text: string): string => {
  const open = text.indexOf("(")
  return open < 0 ? text : `${text.slice(0, open)}()${outside(bracket(text, open)[1])}`
}

/** Whether some bracket that follows the pattern fits. */
const anyBracket = (text: string, before: RegExp, fits: (inside: string, after: string) => boolean): boolean =>
  Array.from(text.matchAll(before)).some((found) => fits(...bracket(text, found.index + found[0].length - 1)))

/** What may stand before an opening bracket: functions and keywords of standard SQL, and ON CONFLICT. */
const common =
  /^(coalesce|nullif|count|sum|max|min|length|substr|and|or|not|in|exists|as|from|join|on|where|select|values|when|then|else|all|by|having|conflict|fragment)$/i

const keyword = "AND|OR|THEN|WHERE|ORDER|GROUP|LIMIT|UNION|RETURNING"

/** What PostgreSQL refuses, or takes for something else, and a text for each that has it. */
export const rules: ReadonlyArray<{
  readonly what: string
  readonly isIn: (text: string) => boolean
  readonly examples: ReadonlyArray<string>
}> = [
  {
    what: "a function that is not standard",
    isIn: (text) =>
      Array.from(text.matchAll(/(?<!INTO\s+)\b(\w+)\s*\(/gi)).some(([, name]) => !common.test(name as string)),
    examples: [
      "SELECT json_array_length(files) FROM steps",
      "SELECT value FROM json_each(?) step",
      "SELECT iif(a, 1, 2) FROM t",
      "SELECT strftime('%s', created_at) FROM projects",
      "SELECT julianday(a) FROM t",
      "SELECT typeof(a) FROM t",
      "SELECT ifnull(a, 0) FROM t",
      "SELECT total_changes ()"
    ]
  },
  {
    what: "max or min of several values",
    isIn: (text) => anyBracket(text, /\b(max|min)\s*\(/gi, (inside) => outside(inside).includes(",")),
    examples: ["SELECT max(a, b) FROM t", "UPDATE t SET a = min(coalesce(a, 1), ?)"]
  },
  {
    what: "a subquery in FROM without an alias",
    isIn: (text) =>
      anyBracket(
        text,
        /\b(FROM|JOIN)\s*\(/gi,
        (_, after) =>
          !/^\s*(AS\s+)?(?!(ON|JOIN|LEFT|CROSS|INNER|HAVING|WHERE|ORDER|GROUP|LIMIT|UNION|RETURNING)\b)[a-z]/i.test(
            after
          )
      ),
    examples: [
      "SELECT a FROM (SELECT a FROM t)",
      "SELECT a FROM (SELECT max(a) FROM t) WHERE a = 1",
      "SELECT a FROM t JOIN (SELECT a FROM t) ON true"
    ]
  },
  {
    what: "a condition that is a number",
    isIn: (text) =>
      new RegExp(
        `\\b(WHERE|AND|OR|NOT|WHEN|ON|HAVING)\\s+(?!(true|false|NULL|fragment|CASE|${keyword})\\b)[\\w.]+\\s*(?=\\b(${keyword})\\b|\\)|$)`,
        "i"
      ).test(text),
    examples: ["SELECT id FROM projects WHERE has_ready ORDER BY id", "SELECT 1 FROM t WHERE a = 1 AND NOT b"]
  },
  ...(
    [
      ["JSON", /\bjson_|->/i, "SELECT metadata ->> 'a' FROM t", "SELECT metadata -> 'a' FROM t", "SELECT json_valid"],
      ["an index hint", /\bINDEXED\b/i, "SELECT a FROM t INDEXED BY i", "SELECT a FROM t NOT INDEXED"],
      ["a join as a hint", /\bCROSS\b/i, "SELECT 1 FROM t CROSS JOIN u ON t.a = u.a"],
      [
        "a pattern",
        /\b(LIKE|GLOB|REGEXP|MATCH|ESCAPE)\b/i,
        "SELECT 1 FROM t WHERE a LIKE ? ESCAPE '\\'",
        "SELECT a GLOB ?"
      ],
      ["a pragma", /\bpragma/i, "PRAGMA user_version", "SELECT data_version FROM pragma_data_version"],
      ["a row's own number", /\b(_?rowid_?|oid)\b/i, "SELECT rowid FROM t", "SELECT 1 FROM t WHERE t.oid = 1"],
      [
        "a plus sign before a column",
        /(?:[(,=<>]|\b(?:AND|OR|ON|WHERE|SELECT|BY|NOT|WHEN|THEN|ELSE))\s*\+/i,
        "SELECT a FROM t WHERE +a = 1",
        "SELECT a FROM t WHERE a = 1 AND +t.b = 1",
        "SELECT a FROM t ORDER BY +a"
      ],
      [
        "IS between values",
        /\bIS\s+(?:NOT\s+)?(?!(?:NOT\s+)?(?:NULL|DISTINCT|TRUE|FALSE)\b)\S/i,
        "SELECT a FROM t WHERE a IS ?",
        "SELECT a FROM t WHERE a IS NOT ?",
        "SELECT a FROM t WHERE a IS NOT b"
      ],
      [
        "a statement of SQLite's",
        /\b(IMMEDIATE|AUTOINCREMENT|ATTACH|VACUUM|REPLACE|COLLATE|OR\s+(IGNORE|ABORT|FAIL|ROLLBACK))\b/i,
        "BEGIN IMMEDIATE",
        "CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT)",
        "INSERT OR IGNORE INTO t (a) VALUES (?)",
        "REPLACE INTO t (a) VALUES (?)",
        "SELECT a FROM t ORDER BY a COLLATE NOCASE"
      ],
      [
        "a recursive query",
        /\bRECURSIVE\b/i,
        "WITH RECURSIVE t (a) AS (SELECT 1 UNION SELECT a + 1 FROM t LIMIT 5) SELECT a FROM t"
      ],
      [
        "ON CONFLICT for any constraint",
        /\bON\s+CONFLICT\s+DO\s+UPDATE\b/i,
        "INSERT INTO t (a) VALUES (?) ON CONFLICT DO UPDATE SET a = 1"
      ],
      ["LIMIT with a comma", /\bLIMIT\s+[\d?]+\s*,/i, "SELECT a FROM t LIMIT 1, 2"],
      ["a truth value as a column", /\bSELECT\s+(NOT\s+)?EXISTS\b/i, "SELECT EXISTS (SELECT 1 FROM t)"],
      [
        "another operator or quote",
        /==|["`[]/,
        "SELECT a FROM t WHERE a == 1",
        'SELECT "a" FROM t',
        "SELECT [a] FROM t"
      ]
    ] as const
  ).map(([what, pattern, ...examples]) => ({ what, isIn: (text: string) => pattern.test(text), examples }))
]

/** Everything in a statement above the store that only SQLite understands. */
export const faultsOf = (statement: string): ReadonlyArray<string> => {
  const text = aboveStore(statement)
  return rules.filter(({ isIn }) => isIn(text)).map(({ what }) => what)
}

/** Whether a term of a recursive query sorts or truncates it, which PostgreSQL refuses. */
export const isCutTerm = (term: string): boolean => /\b(ORDER\s+BY|LIMIT)\b/i.test(aboveStore(outside(term)))
