import { deleteProject } from "./act/delete.ts"
import { merge } from "./act/merge.ts"
import { priority } from "./act/priority.ts"
import { abort, pause, resume } from "./act/projectStatus.ts"
import { recover } from "./act/recover.ts"
import { release } from "./act/release.ts"
import { reopen } from "./act/reopen.ts"
import type { Group } from "./help.ts"
import { projects } from "./look/projects.ts"
import { show } from "./look/show.ts"
import { check } from "./plan/check.ts"
import { diff } from "./plan/diff.ts"
import { edit } from "./plan/edit.ts"
import { exportPlan } from "./plan/export.ts"
import { importCommand } from "./plan/import.ts"

/** All commands, in the order of the help. */
export const groups: ReadonlyArray<Group> = [
  { title: "Look", entries: [projects, show] },
  { title: "Act", entries: [recover, release, pause, resume, abort, priority, merge, reopen, deleteProject] },
  { title: "Plan", entries: [check, importCommand, diff, edit, exportPlan] }
]
