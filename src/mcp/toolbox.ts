import type { Tool } from "./Tool.ts"
import { analytics } from "./tools/analytics.ts"
import { projects } from "./tools/projects.ts"
import { recovery } from "./tools/recovery.ts"
import { steps } from "./tools/steps.ts"

/** Every tool, in the order of tools/list. */
export const toolbox: ReadonlyArray<Tool> = [...projects, ...steps, ...recovery, ...analytics]
