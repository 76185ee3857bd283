import type { Need, ProjectProgress, Remaining, StatusReport, StepAtWork } from "../../domain/answers/Overviews.ts"
import { ago, clock, duration } from "../text/ages.ts"
import { andMore, section } from "../text/parts.ts"
import { stepName } from "../text/references.ts"
import { type Style, theirs } from "../text/Style.ts"
import { counted } from "../text/sizes.ts"
import { type Column, cut, table } from "../text/table.ts"
import { cureOf } from "./cure.ts"

/* What a person sees of the state of projects, in `hq status` and `hq watch`. */

/** Entries that are shown of each list at most. */
const most = { projects: 50, needs: 10, atWork: 20, ready: 5 }

/** Lines beside the entries: headings, what was left out, and the shell's next prompt. */
const others = 14

/** How many entries of each list fit on the screen together: at least one of each. */
const fitting = ({ needs, projects, ready }: StatusReport, { height }: Style): typeof most => {
  if (height === 0) return most
  const shown = Math.min(projects.length, Math.max(3, Math.floor(height / 3)))
  const room = Math.max(6, height - shown - others)
  const least = (list: ReadonlyArray<unknown>, share: number, limit: number) =>
    Math.min(list.length, limit, Math.round(room * share))
  const shares = { needs: least(needs, 0.35, most.needs), ready: least(ready, 0.2, most.ready) }
  return { ...shares, projects: shown, atWork: Math.min(most.atWork, room - shares.needs - shares.ready) }
}

const barWidth = 12

const doneOf = ({ step_counts: { completed = 0, merged = 0 } }: ProjectProgress["project"]) => completed + merged

const bar = (style: Style, done: number, total: number): string => {
  const filled = total === 0 ? 0 : Math.floor((barWidth * done) / total)
  return style.green("█".repeat(filled)) + style.dim("░".repeat(barWidth - filled))
}

const left = (remaining: Remaining | undefined, now: number): string => {
  if (remaining === undefined) return "-"
  const { chain, end_at, minutes } = remaining
  if (minutes === undefined || end_at === undefined) return counted(chain ?? 0, "step")
  return minutes === 0 ? "any moment" : `${duration(60_000 * minutes)} (${clock(end_at, now).slice(0, -3)})`
}

const statusColour = (style: Style, status: ProjectProgress["project"]["status"]) =>
  ({ active: style.green, paused: style.yellow, aborted: style.red, completed: style.dim })[status](status)

const projectColumns = (style: Style, now: number): ReadonlyArray<Column<ProjectProgress>> => {
  const at = (count: number, colour: (text: string) => string) => (count === 0 ? "0" : colour(String(count)))
  return [
    { title: "PROJECT", cell: ({ project }) => theirs(project.name), least: 8 },
    { title: "STATUS", cell: ({ project }) => statusColour(style, project.status) },
    {
      title: "DONE",
      cell: ({ project }) =>
        `${bar(style, doneOf(project), project.total_steps)} ${doneOf(project)}/${project.total_steps}`
    },
    {
      title: "BUSY",
      cell: ({ project: { step_counts } }) => String((step_counts.claimed ?? 0) + (step_counts.in_progress ?? 0)),
      align: "right"
    },
    { title: "READY", cell: ({ ready }) => String(ready), align: "right" },
    { title: "BLOCKED", cell: ({ blocked }) => String(blocked), align: "right" },
    {
      title: "FAILED",
      cell: ({ project: { step_counts } }) => at(step_counts.failed ?? 0, style.red),
      align: "right"
    },
    { title: "LEFT, AT LEAST", cell: ({ remaining }) => left(remaining, now), least: 8 }
  ]
}

const kinds: Readonly<Record<Need["kind"], string>> = {
  failed: "failed",
  out_of_attempts: "failed",
  silent: "silent",
  unmerged: "not merged",
  stuck: "stuck",
  paused: "paused"
}

const whyOf = ({ agent_id, blocks_count = 0, branch, kind, why }: Need): string => {
  const waiting = [
    ...(kind === "out_of_attempts" ? ["out of attempts"] : []),
    ...(blocks_count === 0 ? [] : [`${counted(blocks_count, "step")} behind it`])
  ]
  switch (kind) {
    case "failed":
    case "out_of_attempts":
      return [...waiting, theirs(why)].filter((text) => text !== "").join("; ")
    case "silent":
      return agent_id === undefined ? "unknown agent" : theirs(agent_id)
    case "unmerged":
      return `others wait for ${theirs(branch)}`
    case "stuck":
      return "nothing is ready, nobody is at work"
    case "paused":
      return "no step is handed out"
  }
}

const needColumns = (style: Style, now: number): ReadonlyArray<Column<Need>> => [
  {
    title: "WHAT",
    cell: ({ project, step_num }) => (step_num === undefined ? theirs(project) : stepName(project, step_num)),
    least: 8
  },
  {
    title: "IS",
    cell: ({ kind }) => (kind === "unmerged" || kind === "paused" ? style.yellow : style.red)(kinds[kind])
  },
  { title: "SINCE", cell: ({ since }) => ago(since, now), align: "right" },
  { title: "WHY", cell: whyOf, least: 8 },
  { title: "RUN", cell: (need) => style.cyan(cureOf(need)), least: 24 }
]

/** The age of the last sign of life, so that silence is seen at a glance, with colours or without. */
export const signOfLife = (style: Style, step: StepAtWork, now: number): string => {
  const age = ago(step.last_heartbeat ?? step.claimed_at, now)
  if (step.liveness === "silent") return style.bold(style.red(`SILENT ${age}`))
  if (step.liveness === "quiet") return style.yellow(`quiet ${age}`)
  return style.green(`${age} ago`)
}

const atWorkColumns = (style: Style, now: number): ReadonlyArray<Column<StepAtWork>> => [
  { title: "STEP", cell: ({ project, step_num }) => stepName(project, step_num), least: 8 },
  { title: "AGENT", cell: ({ agent_id }) => theirs(agent_id), least: 8 },
  { title: "FOR", cell: ({ claimed_at }) => ago(claimed_at, now), align: "right" },
  { title: "LAST SIGN", cell: (step) => signOfLife(style, step, now) },
  { title: "TRY", cell: ({ attempt }) => String(attempt), align: "right" },
  { title: "TITLE", cell: ({ scope, title }) => theirs(title ?? scope), least: 5 }
]

const readyColumns: ReadonlyArray<Column<StatusReport["ready"][number]>> = [
  { title: "STEP", cell: ({ project, step_num }) => stepName(project, step_num), least: 8 },
  { title: "SCOPE", cell: ({ scope }) => theirs(scope), least: 6 },
  {
    title: "TAKES",
    cell: ({ estimate_minutes }) => (estimate_minutes === undefined ? "" : duration(60_000 * estimate_minutes)),
    align: "right"
  },
  { title: "TITLE", cell: ({ title }) => theirs(title), least: 5 }
]

/** The state of projects as lines. @param now milliseconds since 1970 */
export const drawStatus = (report: StatusReport, style: Style, now: number): ReadonlyArray<string> => {
  const { at_work, needs, projects, projects_more = 0, ready, waiting } = report
  const numberReady = projects.reduce((sum, one) => (one.project.status === "active" ? sum + one.ready : sum), 0)
  const busy = projects.reduce(
    (sum, { project: { step_counts } }) => sum + (step_counts.claimed ?? 0) + (step_counts.in_progress ?? 0),
    0
  )
  const fit = fitting(report, style)
  const lines = [
    ...table(style, projectColumns(style, now), projects.slice(0, fit.projects)),
    ...andMore(style, projects_more + projects.length - Math.min(projects.length, fit.projects), "hq projects"),
    ...section(style, "Needs you", table(style, needColumns(style, now), needs.slice(0, fit.needs))),
    ...andMore(style, needs.length - fit.needs, "hq status --json"),
    ...section(style, "At work", table(style, atWorkColumns(style, now), at_work.slice(0, fit.atWork))),
    ...andMore(style, busy - Math.min(at_work.length, fit.atWork), "hq agents"),
    ...section(style, "Ready", table(style, readyColumns, ready.slice(0, fit.ready))),
    ...andMore(style, numberReady - Math.min(ready.length, fit.ready), "hq steps --status not_started"),
    ...(waiting === 0
      ? []
      : ["", `${counted(waiting, "call")} ${waiting === 1 ? "waits" : "wait"} for a step: ${style.cyan("hq queue")}`])
  ]
  return style.width === 0 ? lines : lines.map((line) => cut(line, style.width))
}
