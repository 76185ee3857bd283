import { deleteProject } from "./act/delete.ts"
import { merge } from "./act/merge.ts"
import { priority } from "./act/priority.ts"
import { abort, pause, resume } from "./act/projectStatus.ts"
import { recover } from "./act/recover.ts"
import { release } from "./act/release.ts"
import { reopen } from "./act/reopen.ts"
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
import { check } from "./plan/check.ts"
import { diff } from "./plan/diff.ts"
import { edit } from "./plan/edit.ts"
import { exportPlan } from "./plan/export.ts"
import { importCommand } from "./plan/import.ts"
import { completion } from "./tools/completion.ts"
import { mcpInstall } from "./tools/mcpInstall.ts"
import { work } from "./work/work.ts"

/** All commands, in the order of the help. */
export const groups: ReadonlyArray<Group> = [
  { title: "Look", entries: [status, projects, steps, show, agents, queue, events, explain, overlaps, metrics] },
  { title: "Watch and wait", entries: [watch, wait] },
  { title: "Work", entries: [work] },
  { title: "Act", entries: [recover, release, pause, resume, abort, priority, merge, reopen, deleteProject] },
  { title: "Plan", entries: [check, importCommand, diff, edit, exportPlan] },
  { title: "Keep", entries: [doctor, backup, restore, exportStore, importStore] },
  { title: "Tools", entries: [mcpInstall, completion] }
]
