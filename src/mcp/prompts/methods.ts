import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { type Methods, method } from "../Method.ts"
import { invalidParams } from "../ProtocolError.ts"
import type { Prompt } from "./Prompt.ts"
import { planProject } from "./planProject.ts"
import { unblockProject } from "./unblockProject.ts"
import { workOnProject } from "./workOnProject.ts"

/** Every prompt, in the order of prompts/list. */
export const promptBook: ReadonlyArray<Prompt> = [planProject, workOnProject, unblockProject]

const Get = Schema.Struct({
  name: Schema.String,
  arguments: Schema.optionalWith(Schema.Unknown, { exact: true })
})

/** Returns the prompt of that name, or fails with an error that lists the known names. */
export const promptOf = (name: string) => {
  const found = promptBook.find((prompt) => prompt.name === name)
  if (found !== undefined) return Effect.succeed(found)
  const known = promptBook.map((prompt) => prompt.name).join(", ")
  return Effect.fail(invalidParams(`Unknown prompt: ${name.slice(0, 200)}. Known prompts: ${known}`))
}

/** The methods of MCP's prompts. */
export const prompts: Methods = {
  "prompts/list": () => Effect.succeed({ prompts: promptBook.map((prompt) => prompt.describe()) }),
  "prompts/get": method(Get, (params) =>
    Effect.flatMap(promptOf(params.name), (prompt) => prompt.get(params.arguments))
  )
}
