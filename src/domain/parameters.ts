import * as Schema from "effect/Schema"
import { limits } from "./Text.ts"

/* Kinds of parameters that requests are made of. */

export const described = <A, I>(schema: Schema.Schema<A, I>, description: string) => schema.annotations({ description })

export const optional = <A, I>(schema: Schema.Schema<A, I>, description?: string) =>
  Schema.optionalWith(description === undefined ? schema : described(schema, description), { exact: true })

export const object = <Fields extends Schema.Struct.Fields>(fields: Fields) =>
  Schema.Struct(fields).annotations({ message: () => "must be an object" })

/** Says what a list looks like, by the first two items of a text that was probably meant as one. */
const notAList = (given: unknown): string => {
  // A glob may have commas in braces.
  const texts = typeof given === "string" && !given.includes("{") ? given.split(",").map((item) => item.trim()) : []
  const items = texts.every((text) => /^\d+$/.test(text)) ? texts.map(Number) : texts
  return `must be an array${items.length > 1 ? `, such as ${JSON.stringify(items.slice(0, 2))}` : ""}`
}

/** @param what plural of the items in error messages */
export const list = <A, I>(item: Schema.Schema<A, I>, what: string, max: number = limits.steps) =>
  Schema.Array(item)
    .annotations({ message: ({ actual }) => notAList(actual) })
    .pipe(Schema.maxItems(max, { message: () => `must have at most ${max} ${what}` }))

export const atLeast1 = <A, I>(items: Schema.Schema<ReadonlyArray<A>, ReadonlyArray<I>>, what: string) =>
  items.pipe(Schema.minItems(1, { message: () => `must have at least 1 ${what}` }))

export const Flag = Schema.Boolean.annotations({ message: () => "must be true or false" })
