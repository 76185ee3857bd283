import type { Tool } from "../Tool.ts"
import { analytics } from "./analytics.ts"
import { projects } from "./projects.ts"
import { recovery } from "./recovery.ts"
import { steps } from "./steps.ts"

/** Every tool, in the order of tools/list. */
export const toolbox: ReadonlyArray<Tool> = [...projects, ...steps, ...recovery, ...analytics]
