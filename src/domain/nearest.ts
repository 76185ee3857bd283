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

const folded = (name: string): string => name.toLowerCase().replace(/[^a-z0-9]/g, "")

/** The known name that was probably meant: at most a third of its letters differ. Undefined if none is as near. */
export const nearest = (name: string, known: Iterable<string>): string | undefined => {
  const wanted = folded(name.slice(0, maxLength))
  let best: { readonly name: string; readonly edits: number } | undefined
  for (const candidate of known) {
    const other = folded(candidate)
    const edits = distance(wanted, other)
    if (edits <= Math.max(wanted.length, other.length) / 3 && edits < (best?.edits ?? Number.POSITIVE_INFINITY)) {
      best = { name: candidate, edits }
    }
  }
  return best?.name
}
