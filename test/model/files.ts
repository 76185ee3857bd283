/** Globs, and what each stands for in a repository that has no other files: written by hand, to have something to compare with. */
const covered: Readonly<Record<string, ReadonlyArray<string>>> = {
  "a/**": ["a/x.ts", "a/b/x.ts"],
  "a/b": ["a/b/x.ts"],
  "a/*.ts": ["a/x.ts"],
  "**/x.ts": ["a/x.ts", "a/b/x.ts", "x.ts"],
  "*.ts": ["x.ts", "c.ts"],
  "{c,d}.*": ["c.ts", "d.md"],
  "d.md": ["d.md"]
}

export const globs: ReadonlyArray<string> = Object.keys(covered)

export const fileNames: ReadonlyArray<string> = [...new Set(Object.values(covered).flat())]

const filesOf = (texts: ReadonlyArray<string>): ReadonlyArray<string> =>
  texts.flatMap((text) => covered[text] ?? [text])

/** Whether some file is named by both lists, of globs or of files. */
export const touchSame = (some: ReadonlyArray<string>, others: ReadonlyArray<string>): boolean => {
  const files = new Set(filesOf(others))
  return filesOf(some).some((file) => files.has(file))
}
