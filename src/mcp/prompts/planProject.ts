import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type { CreateProject } from "../../domain/Requests.ts"
import { NewName, Reason } from "../../domain/Text.ts"
import { optional, prompt, quoted } from "./Prompt.ts"

type Example = Omit<CreateProject, "name"> & { readonly name: string }

const example: Example = {
  name: "shop-login",
  base_commit: "abc123",
  steps: [
    {
      step_num: 1,
      branch: "step1/session-table-and-types",
      scope: "db",
      estimate_minutes: 30,
      files: ["src/session/**"]
    },
    {
      step_num: 2,
      branch: "step2/login-endpoint",
      scope: "api",
      depends_on: [1],
      estimate_minutes: 60,
      files: ["src/api/login/**"]
    },
    {
      step_num: 3,
      branch: "step3/logout-endpoint",
      scope: "api",
      depends_on: [1],
      estimate_minutes: 20,
      files: ["src/api/logout/**"]
    },
    { step_num: 4, branch: "step4/login-form", scope: "ui", estimate_minutes: 45, files: ["src/ui/login/**"] },
    {
      step_num: 5,
      branch: "step5/merge-and-test-all",
      scope: "integration",
      depends_on: [2, 3, 4],
      estimate_minutes: 30
    }
  ]
}

/** One step per line. */
const exampleText = `{"name": ${quoted(example.name)}, "base_commit": ${quoted(example.base_commit)}, "steps": [
${example.steps.map((step) => `  ${quoted(step)}`).join(",\n")}
]}`

export const planProject = prompt({
  name: "plan_project",
  title: "Plan a project",
  description: "Turn a task into a graph of steps that many agents can work on at the same time, and store it.",
  input: Schema.Struct({
    task: Reason.annotations({ description: "What is to be done" }),
    project: optional(NewName, "Name of the new project"),
    base_commit: optional(NewName, "Git commit that all worktrees start from")
  }),
  text: ({ base_commit, project, task }) =>
    Effect.succeed(`Plan this task as a project of hq, for several agents at the same time. What stands in quotation marks was given as it is.

Task: ${quoted(task)}
Project: ${project === undefined ? "choose a short name; list_projects shows those that are taken" : quoted(project)}
Base commit: ${base_commit === undefined ? "the commit to start from, as git rev-parse HEAD gives it" : quoted(base_commit)}

Look at the code that the task concerns, then make the graph:
- A step has one clear outcome, its tests included, that one agent reaches alone on one branch, in about 15 to 90 minutes. Split what is larger.
- What several steps build on (tables, types, interfaces) comes first, in as few and small steps as possible.
- depends_on only where a step cannot begin without another's result, not to put work in order. Wide beats deep: the longest chain decides when all is done.
- files: git-style globs of what a step changes. Steps whose globs overlap are not handed out at the same time, so divide the work by files.
- estimate_minutes on every step: the longest chain is claimed first. scope: the kind of work (api, ui, db); agents can ask for their kinds.
- One last step merges the branches and tests the whole; it depends on every step that no other one waits for.
- A step has no text of its own: let its branch name the outcome, and write what else an agent must know into a file (such as PLAN.md, one heading a step) that is part of the base commit.

An example for create_project; step 4 needs nothing of the others, so it starts at once:
\`\`\`json
${exampleText}
\`\`\`

Call create_project: it stores all of the plan or, naming every fault, nothing. Then check it: get_project shows the steps, explain_step {project} what waits for what. Could more steps start at once, is a dependency missing, do globs overlap without need? Put it right with update_plan before agents begin. Then each agent works by the prompt work_on_project: claim_step, start_step, complete_step.`)
})
