import { readFileSync, writeFileSync } from "node:fs"
import { pages, regenerate, urlOf } from "./docsParts.ts"

/* `npm run docs`: writes the generated parts of the pages in docs/ anew. */

for (const page of pages) {
  const before = readFileSync(urlOf(page), "utf8")
  const after = regenerate(before)
  if (after === before) continue
  writeFileSync(urlOf(page), after)
  process.stdout.write(`${page} is written anew\n`)
}
