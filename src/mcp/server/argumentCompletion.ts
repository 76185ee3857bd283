import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type { StorageError } from "../../domain/Errors.ts"
import { type CompletionResult, Completions } from "../../services/Completions.ts"
import { type Methods, method } from "../Method.ts"
import { invalidParams } from "../ProtocolError.ts"
import { promptOf } from "../prompts/methods.ts"
import { projectTemplate, stepTemplate } from "../resources/uris.ts"

type Given = Readonly<Record<string, string>>

/**
 * @param value the text typed so far
 * @param given the other arguments
 */
type Completer = (value: string, given: Given) => Effect.Effect<CompletionResult, StorageError, Completions>

/** Completes nothing: the value is the client's choice. */
const freeText: Completer = () => Effect.succeed({ values: [], total: 0, hasMore: false })

const projectNames: Completer = (value) => Effect.flatMap(Completions, (_) => _.projects(value))

/** Completes ids of the project in the other arguments, if any. The template has no field for it. */
const stepIds: Completer = (value, given) =>
  Effect.flatMap(Completions, (_) => _.steps(value, given.project ?? given.name))

const templateCompleters: ReadonlyMap<string, ReadonlyMap<string, Completer>> = new Map([
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
      ({ existing, takes }) => new Map(takes.map((name) => [name, existing.includes(name) ? projectNames : freeText]))
    )
  }
  const found = templateCompleters.get(ref.uri)
  if (found !== undefined) return Effect.succeed(found)
  const known = [...templateCompleters.keys()].join(", ")
  return Effect.fail(invalidParams(`ref.uri: unknown template ${ref.uri.slice(0, 200)}. Known templates: ${known}`))
}

/** Completes the arguments of resource templates and prompts. */
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
