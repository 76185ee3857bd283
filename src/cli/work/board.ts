import type { AgentId } from "../../domain/Ids.ts"
import type { WorkEvent } from "../../domain/Work.ts"
import { duration } from "../text/ages.ts"
import { type Style, theirs } from "../text/Style.ts"
import { type Column, cut, table } from "../text/table.ts"
import { type Counts, summaryLine, waiting } from "./lines.ts"

/* What a person sees on a terminal while programs are at work. */

/** An attempt whose program runs. */
interface AtWork extends Omit<Extract<WorkEvent, { readonly _tag: "Started" }>, "_tag"> {
  /** Milliseconds since 1970. */
  readonly began: number
}

export interface Board {
  readonly project: string
  /** How many may be at work. */
  readonly agents: number
  /** Milliseconds since 1970. */
  readonly began: number
  readonly atWork: ReadonlyMap<AgentId, AtWork>
  readonly counts: Counts
  /** Why nobody is at work, if that was told. */
  readonly waitsFor: Extract<WorkEvent, { readonly _tag: "Waiting" }> | undefined
}

export const emptyBoard = (project: string, agents: number, now: number): Board => ({
  ...{ project, agents, began: now, atWork: new Map(), waitsFor: undefined },
  counts: { completed: 0, failed: 0, lost: 0, merged: 0, released: 0 }
})

const countedAs: { readonly [tag: string]: keyof Counts } = {
  Completed: "completed",
  Failed: "failed",
  Lost: "lost",
  Merged: "merged",
  Released: "released"
}

/** The board after an event. @param now milliseconds since 1970 */
export const after = (board: Board, event: WorkEvent, now: number): Board => {
  const { counts } = board
  const atWork = new Map(board.atWork)
  if (event._tag === "Waiting") return { ...board, waitsFor: event }
  if (event._tag === "Started") {
    return { ...board, atWork: atWork.set(event.agent_id, { ...event, began: now }), waitsFor: undefined }
  }
  if ("agent_id" in event) atWork.delete(event.agent_id)
  const count = countedAs[event._tag]
  return { ...board, atWork, counts: count === undefined ? counts : { ...counts, [count]: counts[count] + 1 } }
}

/** Columns of a terminal from which on there is room for titles beside the last lines, and for the agents' whole names. */
const roomForTitles = 60
const roomForNames = 100

const columns = (
  { atWork }: Board,
  lastLine: (agent: AgentId) => string,
  width: number,
  now: number
): ReadonlyArray<Column<AtWork>> => {
  // Wrapped tightly: making more of a line visible than may be shown would be in vain.
  const shown = (text: string) => cut(theirs(text.slice(0, width)), width)
  const isAgain = [...atWork.values()].some(({ attempt }) => attempt > 1)
  const optional = (isThere: boolean, column: Column<AtWork>) => (isThere ? [column] : [])
  return [
    ...(width < roomForNames
      ? [{ title: "SLOT", cell: ({ slot }: AtWork) => String(slot), align: "right" as const }]
      : [{ title: "AGENT", cell: ({ agent_id }: AtWork) => agent_id, least: 12 }]),
    { title: "STEP", cell: ({ step_num }) => `#${step_num}` },
    ...optional(isAgain, { title: "TRY", cell: ({ attempt }) => String(attempt), align: "right" }),
    { title: "FOR", cell: ({ began }) => duration(now - began), align: "right" },
    ...optional(width >= roomForTitles, {
      title: "TITLE",
      cell: ({ branch, title }) => shown(title ?? branch),
      least: 12
    }),
    { title: "LAST LINE", cell: ({ agent_id }) => shown(lastLine(agent_id)), least: 10 }
  ]
}

const head = (board: Board, style: Style, now: number): string => {
  const { agents, atWork, began, counts, project, waitsFor } = board
  const parts = [
    style.bold(theirs(project)),
    atWork.size === 0 && waitsFor !== undefined
      ? style.yellow(waiting(waitsFor, project))
      : `${atWork.size} of ${agents} at work`,
    summaryLine(counts),
    style.dim(duration(now - began))
  ]
  return cut(parts.join("  "), style.width)
}

/**
 * The board as lines: how far the work is, and those at work by their slots. If they do not all fit, those that began last are left out.
 *
 * @param lastLine of an agent's program
 * @param style of so many columns as lines may have
 * @param height lines at most
 * @param now milliseconds since 1970
 */
export const drawBoard = (
  board: Board,
  lastLine: (agent: AgentId) => string,
  style: Style,
  height: number,
  now: number
): ReadonlyArray<string> => {
  const all = [...board.atWork.values()]
  // Beside the head and the titles, and the line that says how many are left out.
  const room = Math.max(0, all.length <= height - 2 ? all.length : height - 3)
  const rows = all
    .sort((a, b) => a.began - b.began || a.slot - b.slot)
    .slice(0, room)
    .sort((a, b) => a.slot - b.slot)
  const left = all.length - rows.length
  return [
    head(board, style, now),
    ...table(style, columns(board, lastLine, style.width, now), rows).map((line) => cut(line, style.width)),
    ...(left > 0 ? [style.dim(cut(`and ${left} more: hq agents`, style.width))] : [])
  ].slice(0, Math.max(1, height))
}
