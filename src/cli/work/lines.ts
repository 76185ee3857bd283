import type { WorkEvent, WorkSummary } from "../../domain/Work.ts"
import { duration } from "../text/ages.ts"
import { type Style, theirs } from "../text/Style.ts"

/** Characters of a commit that a person reads. */
const short = (commit: string): string => commit.slice(0, 10)

/** Lines with names of files that a line tells of a reason, at most. */
const maxFileLines = 5

/** Both ends of a reason: what happened, and the last line of the output. Between them, where git names files. */
const reasonOf = (reason: string): string => {
  const [first = "", ...more] = reason.trim().split("\n")
  const named = more.slice(0, -1).filter((line) => /^(\t|CONFLICT )/.test(line))
  const rest = [...named.slice(0, maxFileLines), ...(named.length > maxFileLines ? ["…"] : []), ...more.slice(-1)]
  return [theirs(first), ...(rest.length === 0 ? [] : [rest.map((line) => theirs(line.trim())).join("; ")])].join(": ")
}

const files = (count: number): string => (count === 1 ? "1 file" : `${count} files`)

/** Why there is nothing to claim, by the reason of a claim. */
const waitingFor: { readonly [reason: string]: string } = {
  no_steps: "the plan has no steps yet",
  all_blocked: "every step that is left waits for another",
  all_claimed: "others work on every step that is left",
  files_in_use: "the files of every ready step are in use",
  project_paused: "the project is paused"
}

/** Steps that a line names, the others counted. */
export const maxNamed = 10

/** Steps by their numbers. */
export const numbers = (nums: ReadonlyArray<number>): string => {
  const more = nums.length > maxNamed ? ` and ${nums.length - maxNamed} more` : ""
  return `step${nums.length === 1 ? "" : "s"} ${nums.slice(0, maxNamed).join(", ")}${more}`
}

/** How to get merges that steps wait for. @param first the first that is missing */
export const howToMerge = (project: string, first: number): string =>
  `Merge with --merge --into <branch>, or yourself, and tell hq: hq merge ${theirs(project)}#${first} <commit>`

/** That there is nothing to claim, and why. */
export const waiting = (
  { reason, unmerged = [] }: Extract<WorkEvent, { _tag: "Waiting" }>,
  project: string
): string => {
  const [first] = unmerged
  const what = waitingFor[reason] ?? reason
  return first === undefined
    ? `waiting: ${what}`
    : `waiting: ${what}, for ${numbers(unmerged)} to be merged. ${howToMerge(project, first)}`
}

/** An event as one line. */
export const lineOf = (event: WorkEvent, project: string, style: Style): string => {
  if (event._tag === "StoreTrouble") return style.yellow(theirs(event.reason))
  if (event._tag === "Waiting") return style.dim(waiting(event, project))
  const step = `${theirs(project)}#${event.step_num}`
  switch (event._tag) {
    case "Started": {
      const again = event.attempt === 1 ? "" : `, attempt ${event.attempt}`
      const title = event.title === undefined ? event.branch : event.title
      return `${step} ${style.cyan("started")} by ${event.agent_id}${again}: ${theirs(title)} ${style.dim(`(${theirs(event.log)})`)}`
    }
    case "Completed":
      return `${step} ${style.green("completed")} in ${duration(event.millis)}: ${short(event.commit)}, ${files(event.files)}`
    case "Failed":
      return `${step} ${style.red("failed")}: ${reasonOf(event.reason)}`
    case "Released":
      return `${step} ${style.yellow("given back")}: ${reasonOf(event.reason)}`
    case "Lost":
      return `${step} ${style.yellow("lost")}: ${reasonOf(event.reason)}`
    case "Retried":
      return `${step} is taken up again`
    case "Merged":
      return `${step} ${style.green("merged")}: ${short(event.commit)}`
    case "Delayed":
      return `${step} ${style.yellow("waits")}: ${reasonOf(event.reason)}`
    case "NotMerged":
      return `${step} ${style.red("not merged")}: ${reasonOf(event.reason)}`
  }
}

/** How many attempts ended in which way. */
export type Counts = Pick<WorkSummary, "completed" | "failed" | "lost" | "merged" | "released">

/** What the work came to, in a line. */
export const summaryLine = ({ completed, failed, lost, merged, released }: Counts): string => {
  const more = [
    [merged, "merged"],
    [failed, `failed attempt${failed === 1 ? "" : "s"}`],
    [released, "given back"],
    [lost, "lost"]
  ] as const
  const told = more.flatMap(([count, what]) => (count === 0 ? [] : [`${count} ${what}`]))
  return [`${completed} ${completed === 1 ? "step" : "steps"} completed`, ...told].join(", ")
}
