/** Older versions lose data if several processes write and checkpoint one file (the WAL-reset bug). */
const oldestSqlite = "3.51.3"

const isOlder = (version: string, than: string): boolean => {
  const [a, b] = [version, than].map((text) => text.split(".").map(Number)) as [Array<number>, Array<number>]
  const at = a.findIndex((part, index) => part !== b[index])
  return at >= 0 && (a[at] as number) < (b[at] ?? 0)
}

/** Why this version of SQLite must not be used; undefined if it may. */
export const versionFault = (version: string): string | undefined =>
  isOlder(version, oldestSqlite) ? `SQLite ${version} is too old: hq needs ${oldestSqlite} or newer` : undefined
