import { stripVTControlCharacters } from "node:util"
import stringWidth from "string-width"
import { assert, describe, it } from "vitest"
import { coloured, plain } from "../../../src/cli/text/Style.ts"
import { after, type Board, drawBoard, emptyBoard } from "../../../src/cli/work/board.ts"
import { AgentId, type StepId } from "../../../src/domain/Ids.ts"
import type { WorkEvent } from "../../../src/domain/Work.ts"

const event = (slot: number, step_num = slot, attempt = 1) => ({
  ...{ slot, agent_id: AgentId.make(`claude-x3k9fa-${slot}`), step_id: step_num as StepId, step_num, attempt }
})

const started = (slot: number, step_num = slot, attempt = 1): WorkEvent => ({
  ...{ _tag: "Started", ...event(slot, step_num, attempt), title: `Write the part ${step_num} of the index` },
  ...{ branch: "b", worktree: "/w", log: "/l" }
})

/** The board after these events, a second between one and the next. */
const board = (events: ReadonlyArray<WorkEvent>, agents = 4): Board =>
  events.reduce((before, one, at) => after(before, one, 1000 * (at + 1)), emptyBoard("myapp", agents, 0))

const lastLine = (agent: AgentId) => `reading\u001b[2J src/${agent}/日本語/implementation.ts, a long line of output`

const draw = (of: Board, columns: number, height = 20) => drawBoard(of, lastLine, plain(columns), height, 75_000)

const busy = board([
  started(2),
  started(1),
  { _tag: "Failed", ...event(1), reason: "why" },
  started(1, 1, 2),
  started(3),
  { _tag: "Completed", ...event(3), commit: "c", files: 1, millis: 5 },
  { _tag: "Merged", step_id: 3 as StepId, step_num: 3, commit: "c" }
])

describe("the board of hq work", () => {
  it("shows those at work by slot, with what their programs printed last made visible, and what is over", () => {
    assert.deepStrictEqual(draw(busy, 140), [
      "myapp  2 of 4 at work  1 step completed, 1 merged, 1 failed attempt  1m 15s",
      "AGENT            STEP  TRY     FOR  TITLE                          LAST LINE",
      "claude-x3k9fa-1  #1      2  1m 11s  Write the part 1 of the index  reading\\u{1b}[2J src/claude-x3k9fa-1/日本語/implementation.ts, a long li…",
      "claude-x3k9fa-2  #2      1  1m 14s  Write the part 2 of the index  reading\\u{1b}[2J src/claude-x3k9fa-2/日本語/implementation.ts, a long li…"
    ])
    assert.deepStrictEqual(draw(busy, 80), [
      "myapp  2 of 4 at work  1 step completed, 1 merged, 1 failed attempt  1m 15s",
      "SLOT  STEP  TRY     FOR  TITLE                       LAST LINE",
      "   1  #1      2  1m 11s  Write the part 1 of the i…  reading\\u{1b}[2J src/claud…",
      "   2  #2      1  1m 14s  Write the part 2 of the i…  reading\\u{1b}[2J src/claud…"
    ])
    assert.deepStrictEqual(draw(busy, 40), [
      "myapp  2 of 4 at work  1 step completed…",
      "SLOT  STEP  TRY     FOR  LAST LINE",
      "   1  #1      2  1m 11s  reading\\u{1b}[…",
      "   2  #2      1  1m 14s  reading\\u{1b}[…"
    ])
  })

  it("has the columns and rows of the terminal, says how many do not fit, and shows those that began first", () => {
    const many = board(
      Array.from({ length: 50 }, (_, at) => started(50 - at)),
      50
    )
    for (const columns of [20, 39, 60, 79, 100, 139]) {
      for (const height of [1, 2, 3, 4, 8, 51, 52, 60]) {
        for (const style of [plain(columns), coloured(columns)]) {
          const lines = drawBoard(many, lastLine, style, height, 75_000)
          assert.isAtMost(lines.length, height)
          for (const line of lines) assert.isAtMost(stringWidth(line), columns)
          const text = stripVTControlCharacters(lines.join("\n"))
          const shown = text.match(/ #\d+ /g)?.length ?? 0
          assert.strictEqual(shown, height >= 52 ? 50 : Math.max(0, height - 3))
          if (height > 1 && height < 52) assert.include(text, `and ${50 - shown} more`)
        }
      }
    }
    assert.match(draw(many, 60, 5).join("\n"), / #49 .*\n.* #50 .*\nand 48 more: hq agents$/)
  })

  it("says why nobody is at work", () => {
    const waiting = board([
      started(1),
      { _tag: "Released", ...event(1), reason: "" },
      { _tag: "Waiting", reason: "project_paused" }
    ])
    assert.deepStrictEqual(draw(waiting, 80), [
      "myapp  waiting: the project is paused  0 steps completed, 1 given back  1m 15s"
    ])
    const again = board([
      { _tag: "Waiting", reason: "project_paused" },
      started(1),
      { _tag: "Lost", ...event(1), reason: "" }
    ])
    assert.deepStrictEqual(draw(again, 80), ["myapp  0 of 4 at work  0 steps completed, 1 lost  1m 15s"])
    const trouble = board([
      { _tag: "StoreTrouble", reason: "busy" },
      { _tag: "Retried", step_id: 1 as StepId, step_num: 1 }
    ])
    assert.deepStrictEqual(draw(trouble, 80), draw(emptyBoard("myapp", 4, 0), 80))
  })
})
