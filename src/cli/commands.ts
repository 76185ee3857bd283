import type { Group } from "./help.ts"
import { backup } from "./keep/backup.ts"
import { doctor } from "./keep/doctor.ts"
import { exportStore } from "./keep/exportStore.ts"
import { importStore } from "./keep/importStore.ts"
import { restore } from "./keep/restore.ts"
import { projects } from "./look/projects.ts"
import { show } from "./look/show.ts"
import { completion } from "./tools/completion.ts"
import { mcpInstall } from "./tools/mcpInstall.ts"

/** All commands, in the order of the help. */
export const groups: ReadonlyArray<Group> = [
  { title: "Look", entries: [projects, show] },
  { title: "Keep", entries: [doctor, backup, restore, exportStore, importStore] },
  { title: "Tools", entries: [mcpInstall, completion] }
]
