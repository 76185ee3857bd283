import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { Project } from "../../domain/Entities.ts"
import {
  CreateProject,
  DeleteProject,
  GetProject,
  ListProjects,
  UpdatePlan,
  UpdateProject
} from "../../domain/Requests.ts"
import { Projects } from "../../services/Projects.ts"
import { tool } from "../Tool.ts"
import { AnyResult, next_cursor, ProjectPageResult } from "./outputs.ts"

const toObject = <E, R>(project: Effect.Effect<Project, E, R>) => Effect.map(project, (project) => ({ ...project }))

export const projects = [
  tool({
    name: "create_project",
    title: "Create project",
    description:
      "Store a plan: a project and the graph of its steps, all or nothing; a refusal names every fault. Next: agents call claim_step.",
    kind: "create",
    input: CreateProject,
    output: AnyResult,
    run: (input) => toObject(Effect.flatMap(Projects, (_) => _.create(input)))
  }),
  tool({
    name: "get_project",
    title: "Get project",
    description: "A project, its steps per status, and a page of its steps with their dependencies.",
    kind: "read",
    input: GetProject,
    output: ProjectPageResult,
    list: "steps",
    run: (input) =>
      Effect.map(
        Effect.flatMap(Projects, (_) => _.get(input)),
        ({ project, ...page }) => ({ ...project, ...page })
      )
  }),
  tool({
    name: "list_projects",
    title: "List projects",
    description: "Projects with their steps per status, by priority, newest first.",
    kind: "read",
    input: ListProjects,
    output: Schema.Struct({ projects: Schema.Array(Project), next_cursor }),
    run: (input) => Effect.flatMap(Projects, (_) => _.list(input)),
    text: (page) => page.projects,
    list: "projects"
  }),
  tool({
    name: "update_project",
    title: "Update project",
    description: "Rename a project, pause, abort or resume it (status active), change its priority or unblock_on.",
    kind: "update",
    input: UpdateProject,
    output: AnyResult,
    run: (input) => toObject(Effect.flatMap(Projects, (_) => _.update(input)))
  }),
  tool({
    name: "update_plan",
    title: "Update plan",
    description:
      "Edit a plan while agents work on it, all or nothing: add, change, cancel or split steps that have not begun.",
    kind: "take",
    input: UpdatePlan,
    output: AnyResult,
    run: (input) => Effect.flatMap(Projects, (_) => _.updatePlan(input)),
    by: ({ agent_id }) => (agent_id === undefined ? {} : { agent_id })
  }),
  tool({
    name: "delete_project",
    title: "Delete project",
    description: "Delete a project and its steps; says how many. Refused while steps are held, unless forced.",
    kind: "take",
    input: DeleteProject,
    output: AnyResult,
    run: (input) => Effect.flatMap(Projects, (_) => _.delete(input))
  })
]
