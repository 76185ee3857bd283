import type { Tool } from "../Tool.ts"
import { analytics } from "./analytics.ts"
import { projects } from "./projects.ts"
import { recovery } from "./recovery.ts"
import { steps } from "./steps.ts"

/** Every tool, in the order of tools/list. */
export const toolbox: ReadonlyArray<Tool> = [...projects, ...steps, ...recovery, ...analytics]

/** The tools of planning and of the working loop, for clients in which every tool costs tokens. */
const core: ReadonlySet<string> = new Set([
  "create_project",
  "update_plan",
  "get_project",
  "claim_step",
  "start_step",
  "complete_step",
  "fail_step",
  "release_step",
  "merge_step",
  "explain_step"
])

/** Which tools a server offers. */
export const toolboxes = { all: toolbox, core: toolbox.filter((tool) => core.has(tool.name)) } as const
