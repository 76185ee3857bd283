import * as Either from "effect/Either"
import * as Schema from "effect/Schema"

/** What the schema says against the value; undefined where it takes it. */
export const outcome = (schema: Schema.Schema.AnyNoContext, value: unknown): string | undefined =>
  Schema.decodeUnknownEither(schema as Schema.Schema<unknown>, { onExcessProperty: "error", errors: "all" })(
    value
  ).pipe(Either.match({ onLeft: (error) => error.message, onRight: () => undefined }))
