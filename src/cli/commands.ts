import type { Group } from "./help.ts"
import { backup } from "./keep/backup.ts"
import { doctor } from "./keep/doctor.ts"
import { exportStore } from "./keep/exportStore.ts"
import { importStore } from "./keep/importStore.ts"
import { restore } from "./keep/restore.ts"
import { agents } from "./look/agents.ts"
import { events } from "./look/events.ts"
import { explain } from "./look/explain.ts"
import { metrics } from "./look/metrics.ts"
import { overlaps } from "./look/overlaps.ts"
import { projects } from "./look/projects.ts"
import { queue } from "./look/queue.ts"
import { show } from "./look/show.ts"
import { status } from "./look/status.ts"
import { steps } from "./look/steps.ts"
import { wait } from "./look/wait.ts"
import { watch } from "./look/watch.ts"
import { completion } from "./tools/completion.ts"
import { mcpInstall } from "./tools/mcpInstall.ts"
import { work } from "./work/work.ts"

/** All commands, in the order of the help. */
export const groups: ReadonlyArray<Group> = [
  { title: "Look", entries: [status, projects, steps, show, agents, queue, events, explain, overlaps, metrics] },
  { title: "Watch and wait", entries: [watch, wait] },
  { title: "Work", entries: [work] },
  { title: "Keep", entries: [doctor, backup, restore, exportStore, importStore] },
  { title: "Tools", entries: [mcpInstall, completion] }
]
