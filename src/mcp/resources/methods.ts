import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { Projects } from "../../services/Projects.ts"
import { type Methods, method } from "../Method.ts"
import { resourceNotFound } from "../ProtocolError.ts"
import { read } from "./readResource.ts"
import type { Subscriptions } from "./subscriptions.ts"
import { projectsUri, projectTemplate, projectUri, resourceOf, stepTemplate } from "./uris.ts"

const mimeType = "application/json"

const projects = {
  uri: projectsUri,
  name: "projects",
  title: "Projects",
  description: "Projects with their steps per status, by priority, newest first: the first page of list_projects.",
  mimeType
}

const ofProject = "A project, its steps per status, and its steps: the first page of get_project."

const templates = [
  { uriTemplate: projectTemplate, name: "project", title: "Project", description: ofProject, mimeType },
  {
    uriTemplate: stepTemplate,
    name: "step",
    title: "Step",
    description: "A step: status, holder, attempt, dependencies, results.",
    mimeType
  }
]

const listed = (name: string) => ({ uri: projectUri(name), name, title: name, description: ofProject, mimeType })

const Text = Schema.String.annotations({ message: () => "must be a string" })
const Page = Schema.Struct({ cursor: Schema.optionalWith(Text, { exact: true }) })
const OneResource = Schema.Struct({ uri: Text })

const notFound = (uri: string) => () => Effect.fail(resourceNotFound(uri))

/** The methods of MCP's resources. People and clients choose resources; models choose tools. */
export const resources = (subscriptions: Subscriptions): Methods => ({
  "resources/list": method(Page, (page) =>
    Effect.map(
      Effect.flatMap(Projects, (_) => _.list(page)),
      (found) => ({
        resources: [
          ...(page.cursor === undefined ? [projects] : []),
          ...found.projects.map(({ name }) => listed(name))
        ],
        ...(found.next_cursor === undefined ? {} : { nextCursor: found.next_cursor })
      })
    )
  ),
  "resources/templates/list": () => Effect.succeed({ resourceTemplates: templates }),
  "resources/read": method(OneResource, ({ uri }) =>
    Effect.flatMap(resourceOf(uri), read).pipe(
      Effect.map((content) => ({ contents: [{ uri, mimeType, text: JSON.stringify(content) }] })),
      Effect.catchTag("NotFound", notFound(uri))
    )
  ),
  "resources/subscribe": method(OneResource, ({ uri }) =>
    Effect.as(Effect.catchTag(subscriptions.add(uri), "NotFound", notFound(uri)), {})
  ),
  "resources/unsubscribe": method(OneResource, ({ uri }) => Effect.as(subscriptions.remove(uri), {}))
})
