import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type { StorageError } from "../domain/Errors.ts"
import { type CompletionResult, Completions } from "../services/Completions.ts"
import { type Methods, method } from "./Method.ts"
import { invalidParams } from "./ProtocolError.ts"
import { promptOf } from "./prompts/methods.ts"
import { projectTemplate, stepTemplate } from "./resources/uris.ts"

type Given = Readonly<Record<string, string>>

/** @param value what was typed so far; `given` are the other arguments */
type Completer = (value: string, given: Given) => Effect.Effect<CompletionResult, StorageError, Completions>

/** A name of the client's own choice. */
const free: Completer = () => Effect.succeed({ values: [], total: 0, hasMore: false })

const projectNames: Completer = (value) => Effect.flatMap(Completions, (_) => _.projects(value))

/** Of the project that the client names beside it, if it does: the template itself has no room for one. */
const stepIds: Completer = (value, given) =>
  Effect.flatMap(Completions, (_) => _.steps(value, given.project ?? given.name))

const ofTemplates: ReadonlyMap<string, ReadonlyMap<string, Completer>> = new Map([
  [projectTemplate, new Map([["name", projectNames]])],
  [stepTemplate, new Map([["id", stepIds]])]
])

const Text = Schema.String.annotations({ message: () => "must be a string" })

const Params = Schema.Struct({
  ref: Schema.Union(
    Schema.Struct({ type: Schema.Literal("ref/prompt"), name: Text }),
    Schema.Struct({ type: Schema.Literal("ref/resource"), uri: Text })
  ).annotations({
    message: () => ({ message: "must be a ref/prompt with name or a ref/resource with uri", override: true })
  }),
  argument: Schema.Struct({ name: Text, value: Text }),
  context: Schema.optional(
    Schema.Struct({ arguments: Schema.optional(Schema.Record({ key: Schema.String, value: Text })) })
  )
})

const completersOf = (ref: typeof Params.Type.ref) => {
  if (ref.type === "ref/prompt") {
    return Effect.map(
      promptOf(ref.name),
      ({ existing, takes }) => new Map(takes.map((name) => [name, existing.includes(name) ? projectNames : free]))
    )
  }
  const found = ofTemplates.get(ref.uri)
  if (found !== undefined) return Effect.succeed(found)
  const known = [...ofTemplates.keys()].join(", ")
  return Effect.fail(invalidParams(`ref.uri: unknown template ${ref.uri.slice(0, 200)}. Known templates: ${known}`))
}

/** Completes what a person types into a template or a prompt. */
export const completion: Methods = {
  "completion/complete": method(Params, ({ argument, context, ref }) =>
    Effect.gen(function* () {
      const completers: ReadonlyMap<string, Completer> = yield* completersOf(ref)
      const complete = completers.get(argument.name)
      if (complete === undefined) {
        const known = [...completers.keys()].join(", ")
        return yield* Effect.fail(
          invalidParams(`argument.name: unknown argument ${argument.name.slice(0, 200)}. Known arguments: ${known}`)
        )
      }
      return { completion: yield* complete(argument.value, context?.arguments ?? {}) }
    })
  )
}
