import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { AgentId } from "../../domain/Ids.ts"
import type { WorkEvent } from "../../domain/Work.ts"
import type { Command } from "../../services/Worker.ts"
import { Output } from "../base/Output.ts"
import { Signals } from "../base/Signals.ts"
import { fillable } from "../text/inPlace.ts"
import { type Style, theirs } from "../text/Style.ts"
import { after, type Board, drawBoard, emptyBoard } from "./board.ts"
import { lineOf } from "./lines.ts"

/** Between two drawings, at least: nobody reads faster. */
const pace = Duration.millis(200)
/** Between two drawings if nothing happens but that time passes. */
const tick = Duration.seconds(1)

/** Size of a terminal that does not tell its own. */
const usual = { columns: 80, rows: 24 }

/** Lines of the terminal, of so many, that stay for what scrolls and for the cursor. */
const kept = (rows: number): number => Math.max(1, Math.min(4, Math.floor(rows / 5)))

export interface Display {
  readonly onEvent: (event: WorkEvent) => Effect.Effect<void>
  /** Follows what the command's program prints. */
  readonly follow: <E, R>(command: Command<E, R>) => Command<E, R>
}

/** An event as a line above the board. Undefined if the board shows it. */
const lineAbove = (event: WorkEvent, { atWork, project }: Board, style: Style): string | undefined => {
  if (event._tag === "Started" || event._tag === "Waiting") return undefined
  const line = lineOf(event, project, style)
  const log = event._tag === "Failed" ? atWork.get(event.agent_id)?.log : undefined
  return log === undefined ? line : `${line} ${style.dim(`(${theirs(log)})`)}`
}

/**
 * Shows what happens as it happens: on a terminal as a board that is drawn in place, under the lines of what is over; else as a line an
 * event. The board goes with the scope.
 */
export const makeDisplay = (
  project: string,
  agents: number
): Effect.Effect<Display, never, Output | Signals | Scope.Scope> =>
  Effect.gen(function* () {
    const { draw, isJson, say, sayStyle, size } = yield* Output
    if (draw === undefined || isJson) {
      return { onEvent: (event) => say(lineOf(event, project, sayStyle)), follow: (command) => command }
    }
    const { next } = yield* Signals
    let board = emptyBoard(project, agents, yield* Clock.currentTimeMillis)
    let above: ReadonlyArray<string> = []
    const lastLines = new Map<AgentId, () => string>()
    const changed = yield* Effect.makeLatch()

    const lines = (now: number) => {
      const { columns, rows } = size()
      const style = { ...sayStyle, width: fillable(columns || usual.columns) }
      const height = (rows || usual.rows) - kept(rows || usual.rows)
      return drawBoard(board, (agent) => lastLines.get(agent)?.() ?? "", style, height, now)
    }
    const show = (drawn: ReadonlyArray<string>) =>
      Effect.suspend(() => {
        const told = above
        above = []
        return draw(drawn, told)
      })
    const turn = Effect.gen(function* () {
      yield* Effect.sleep(pace)
      yield* Effect.race(changed.await, Effect.sleep(Duration.subtract(tick, pace)))
      yield* changed.close
      yield* show(lines(yield* Clock.currentTimeMillis))
    })
    yield* Effect.addFinalizer(() => show([]))
    yield* Effect.forkScoped(Effect.forever(turn))
    yield* Effect.forkScoped(Effect.forever(Effect.zipRight(next("SIGWINCH"), changed.open)))

    return {
      onEvent: (event) =>
        Effect.flatMap(Clock.currentTimeMillis, (now) => {
          const line = lineAbove(event, board, sayStyle)
          if (line !== undefined) above = [...above, line]
          board = after(board, event, now)
          return changed.open
        }),
      follow: (command) => (job) =>
        Effect.suspend(() => {
          lastLines.set(job.agent_id, job.lastLine)
          return command({ ...job, log: (output) => Effect.zipRight(job.log(output), changed.open) })
        })
    }
  })
