import type { Group } from "./help.ts"
import { projects } from "./look/projects.ts"
import { show } from "./look/show.ts"
import { work } from "./work/work.ts"

/** All commands, in the order of the help. */
export const groups: ReadonlyArray<Group> = [
  { title: "Look", entries: [projects, show] },
  { title: "Work", entries: [work] }
]
