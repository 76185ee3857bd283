import type { Group } from "./help.ts"
import { projects } from "./look/projects.ts"
import { show } from "./look/show.ts"
import { status } from "./look/status.ts"

/** All commands, in the order of the help. */
export const groups: ReadonlyArray<Group> = [{ title: "Look", entries: [status, projects, show] }]
