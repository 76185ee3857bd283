import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { ProjectName } from "../../domain/Ids.ts"
import { Changes } from "../../services/Changes.ts"
import { Overview } from "../../services/Overview.ts"
import { openProjects, optionalProject } from "../base/arguments.ts"
import { entry, jsonLine } from "../base/Command.ts"
import { Output } from "../base/Output.ts"
import { clock } from "../text/ages.ts"
import { fillable, overdrawn } from "../text/inPlace.ts"
import type { Style } from "../text/Style.ts"
import { cut } from "../text/table.ts"
import { drawStatus } from "./drawStatus.ts"
import { readStatus, StatusAnswer } from "./status.ts"

type Report = typeof StatusAnswer.Type

/** Seconds after which the store is read again without a write: an agent may have become silent. A read of 10,000 steps takes 0.2 s. */
const readEvery = 60

const isOver = ({ projects }: Report): boolean =>
  projects.every(({ project: { status } }) => status === "completed" || status === "aborted")

/** The screen of the terminal beside the one of the shell, without a cursor. */
const otherScreen = { enter: "\u001b[?1049h\u001b[?25l", leave: "\u001b[?25h\u001b[?1049l" }

const toTop = "\u001b[H"

const frame = (report: Report, style: Style, now: number, rows: number): ReadonlyArray<string> => {
  const head = style.dim(cut(`hq watch  ${clock(new Date(now).toISOString(), now)}  Ctrl-C ends`, style.width))
  // The cursor stays on the last line, where a shell would have its prompt.
  const lines = [head, "", ...drawStatus(report, { ...style, height: Math.max(0, rows - 1) }, now)]
  return rows === 0 || lines.length <= rows ? lines : [...lines.slice(0, rows - 1), style.dim("…")]
}

const line = jsonLine(StatusAnswer)

/** What was watched and is over: such projects are not in the report any more. */
const lastReport = (names: ReadonlySet<ProjectName>, report: Report) =>
  Effect.gen(function* () {
    const overview = yield* Overview
    const found = yield* Effect.forEach(names, (project) => Effect.option(overview.status({ project })))
    return { ...report, projects: found.flatMap(Option.toArray).flatMap(({ projects }) => projects) }
  })

/** Shows the status at each change, of any process, until all is done. */
const watching = (project: Option.Option<string>) =>
  Effect.gen(function* () {
    const { canOverdraw, isJson, out, size, style, write } = yield* Output
    const isDrawn = canOverdraw && !isJson
    if (isDrawn) yield* Effect.acquireRelease(write(otherScreen.enter), () => write(otherScreen.leave))
    // Before the first look, so that no write is missed.
    const changed = yield* Effect.flatMap(Changes, (_) => _.watch)
    const seen = new Set<ProjectName>()
    let report = yield* readStatus(project)
    let shown = ""
    let seconds = 0
    while (!isOver(report)) {
      for (const one of report.projects) seen.add(one.project.name)
      const now = yield* Effect.clockWith((clock) => clock.currentTimeMillis)
      if (isDrawn) {
        const { columns, rows } = size()
        yield* write(toTop + overdrawn(frame(report, { ...style, width: fillable(columns) }, now, rows)))
      } else {
        const text = line(report)
        if (text !== shown) yield* out(isJson ? text : `${drawStatus(report, style, now).join("\n")}\n`)
        shown = text
      }
      // On a terminal ages go on by the second.
      const step = isDrawn ? 1 : readEvery
      const isChanged = Option.isSome(yield* Effect.timeoutOption(changed, `${step} seconds`))
      seconds = isChanged ? 0 : seconds + step
      if (isChanged || seconds % readEvery === 0) report = yield* readStatus(project)
    }
    return Option.isSome(project) || seen.size === 0 ? report : yield* lastReport(seen, report)
  }).pipe(Effect.scoped)

export const watch = entry({
  path: "watch",
  summary: "Show the status as it changes, until all is done",
  examples: [
    ["watch", "all that are active or paused"],
    ["watch myapp --json", "one JSON object a line, at each change"]
  ],
  takes: { project: optionalProject(openProjects) },
  answer: StatusAnswer,
  run: ({ project }) => watching(project),
  show: (report, style, now) =>
    report.projects.length === 0
      ? ["No project is active or paused. All projects: hq projects"]
      : [...drawStatus(report, style, now), "", "All is done."]
})
