import { existsSync, readFileSync, writeFileSync } from "node:fs"
import { cliSchema } from "./cliSchema.ts"
import { pages, regenerate, urlOf } from "./docsParts.ts"

/* `npm run docs`: writes the generated parts of the pages in docs/, and the files that are generated as a whole, anew. */

const write = (file: string, make: (before: string) => string) => {
  const before = existsSync(urlOf(file)) ? readFileSync(urlOf(file), "utf8") : ""
  const after = make(before)
  if (after === before) return
  writeFileSync(urlOf(file), after)
  process.stdout.write(`${file} is written anew\n`)
}

for (const page of pages) write(page, regenerate)
write("docs/cli.schema.json", cliSchema)
