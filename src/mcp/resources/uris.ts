import * as Either from "effect/Either"
import * as Schema from "effect/Schema"
import { ProjectName, StepId } from "../../domain/Ids.ts"
import { invalidParams, type ProtocolError, resourceNotFound } from "../ProtocolError.ts"

/** The resource that a URI names. */
export type Resource =
  | { readonly kind: "projects" }
  | { readonly kind: "project"; readonly name: ProjectName }
  | { readonly kind: "step"; readonly step_id: StepId }

export const projectsUri = "hq://projects"
export const projectTemplate = "hq://projects/{name}"
export const stepTemplate = "hq://steps/{id}"

/** Returns the URI of a project. Reserved characters of the name are percent-encoded, as RFC 6570 does for `{name}`. */
export const projectUri = (name: string): string => `${projectsUri}/${encodeURIComponent(name)}`

const isName = Schema.is(ProjectName)
const isId = Schema.is(StepId)

const malformed = (what: string) => Either.left(invalidParams(`uri: ${what}`))

const decoded = (text: string): string | undefined => {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}

/**
 * Parses a URI without checking that the resource exists. Fails with a protocol error if no resource can have that URI.
 */
export const resourceOf = (uri: string): Either.Either<Resource, ProtocolError> => {
  if (uri === projectsUri) return Either.right({ kind: "projects" })
  const [, kind, text] = /^hq:\/\/(projects|steps)\/([^/?#]*)$/.exec(uri) ?? []
  if (text === undefined) {
    return URL.canParse(uri)
      ? Either.left(resourceNotFound(uri))
      : malformed(`must be ${projectsUri}, ${projectTemplate} or ${stepTemplate}`)
  }
  if (kind === "steps") {
    const id = Number(text)
    return /^[1-9]\d*$/.test(text) && isId(id)
      ? Either.right({ kind: "step", step_id: id })
      : malformed("a step's id is a whole number from 1")
  }
  const name = decoded(text)
  if (name === undefined) return malformed("has a broken percent-encoding")
  return isName(name)
    ? Either.right({ kind: "project", name })
    : malformed("a project's name has 1 to 200 characters, percent-encoded")
}
