/** Edits (insertions, deletions, replacements) that turn one text into the other: Levenshtein's distance. */
const distance = (one: string, other: string): number => {
  let row = Array.from({ length: other.length + 1 }, (_, at) => at)
  for (const [at, letter] of [...one].entries()) {
    const next = [at + 1]
    for (let to = 0; to < other.length; to++) {
      const replaced = (row[to] as number) + (other[to] === letter ? 0 : 1)
      next.push(Math.min(replaced, (row[to + 1] as number) + 1, (next[to] as number) + 1))
    }
    row = next
  }
  return row[other.length] as number
}

/** Letters of a name that are compared. */
const maxLength = 64

const folded = (name: string): string =>
  name
    .slice(0, maxLength)
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]/gu, "")

/**
 * The known names that were probably meant, the nearest first: at most a third of their letters differ. Case and punctuation do not
 * count.
 *
 * @param count of names at most
 */
export const nearestOf = (name: string, known: Iterable<string>, count: number): ReadonlyArray<string> => {
  const wanted = folded(name)
  if (wanted === "") return []
  const near: Array<{ readonly name: string; readonly edits: number }> = []
  for (const candidate of new Set(known)) {
    const other = folded(candidate)
    const most = Math.max(wanted.length, other.length) / 3
    if (Math.abs(wanted.length - other.length) > most) continue
    const edits = distance(wanted, other)
    if (edits <= most) near.push({ name: candidate, edits })
  }
  return near
    .sort((a, b) => a.edits - b.edits)
    .slice(0, count)
    .map(({ name }) => name)
}

/** The known name that was probably meant. Undefined if none is near. */
export const nearest = (name: string, known: Iterable<string>): string | undefined => nearestOf(name, known, 1)[0]
