import * as Schema from "effect/Schema"
import { canonicalName, hiddenFault, nameFault } from "./Names.ts"

/**
 * Bounds of inputs: characters of a string, steps and dependencies of a plan, scopes of a claim, globs of a step; and what
 * one call may do, because it holds the write lock until all is written: the characters of its texts together (`texts`)
 * and of the files that a step leaves (`files`), the operations of an edit, how many steps it changes (`changes`), how many of those it
 * reopens, and how many dependencies it makes and drops (`links`). See docs/architecture.md, "Budget".
 */
export const limits = {
  name: 200,
  path: 1024,
  prose: 65_536,
  steps: 10_000,
  scopes: 50,
  globs: 100,
  dependencies: 20_000,
  texts: 1_048_576,
  files: 131_072,
  operations: 300,
  changes: 500,
  links: 10_000,
  reopened: 20
} as const

/** Whether the text can be stored unchanged: C programs end a string at NUL, and UTF-8 has no lone surrogates. */
const storable = (text: string): boolean => !text.includes("\0") && text.isWellFormed()

/** Any string. The message of a mismatch does not repeat the value, as Effect's own would. */
const AnyText = Schema.String.annotations({ message: () => "must be a string" })

const bounded = (max: number) =>
  AnyText.pipe(
    Schema.maxLength(max, { message: () => `must have at most ${max} characters` }),
    // Without `jsonSchema`, descriptions of a filter do not reach the JSON schema.
    Schema.filter(storable, { message: () => "must not contain NUL or broken Unicode", jsonSchema: {} })
  )

const present = (max: number) =>
  bounded(max).pipe(
    Schema.filter((text) => text.trim() !== "", {
      message: () => "must not be empty or blank",
      jsonSchema: { minLength: 1 }
    })
  )

/** A name, id, scope or commit hash: 1 to 200 characters, not blank. */
export const Name = present(limits.name)

/** A branch or path: 1 to 1,024 characters, not blank. */
export const Path = present(limits.path)

/** Annotation: a function that brings a text into the form in which it is stored. Inputs pass through it before they are checked. */
export const storedForm: unique symbol = Symbol.for("hq/storedForm")

/** Adds to a schema of names what holds for new ones. @param fault why a name in its stored form is refused, if it is */
export const created = <A extends string, I>(
  name: Schema.Schema<A, I>,
  fault: (name: string) => string | undefined = nameFault
): Schema.Schema<A, I> =>
  name
    .pipe(
      Schema.filter(
        (text) =>
          fault(text) ?? (text === canonicalName(text) || "must not begin or end with blanks, nor be decomposed"),
        { jsonSchema: {} }
      )
    )
    .annotations({ [storedForm]: canonicalName })

/** A name, id or commit hash that is to be stored. */
export const NewName = created(Name)

/** A scope that is to be stored. It may begin with -, because no command takes it. */
export const NewScope = created(Name, hiddenFault)

/** A branch that is to be stored. */
export const NewBranch = created(Path)

/** A reason: 1 to 65,536 characters, not blank. */
export const Reason = present(limits.prose)

/** One line for people and models: 1 to 200 characters, not blank. */
export const Title = Name.pipe(
  Schema.filter((text) => !/[\n\r\u0085\u2028\u2029]/.test(text), { message: () => "must be one line", jsonSchema: {} })
)

/** What to do: 1 to 65,536 characters of one or more lines, not blank. */
export const Description = present(limits.prose)

/** Notes: up to 65,536 characters, may be empty. */
export const Notes = bounded(limits.prose)

/** A point in time: UTC, ISO-8601 text with milliseconds. */
export const Timestamp = Schema.String.pipe(Schema.brand("hq/Timestamp"))
export type Timestamp = typeof Timestamp.Type
