import { assert, describe, it } from "@effect/vitest"
import { plain } from "../../../src/cli/text/Style.ts"
import { lineOf, summaryLine } from "../../../src/cli/work/lines.ts"
import { AgentId, type StepId } from "../../../src/domain/Ids.ts"
import type { WorkEvent } from "../../../src/domain/Work.ts"

const step = { step_id: 9 as StepId, step_num: 7 }
const attempt = { ...step, slot: 1, agent_id: AgentId.make("claude-x-1"), attempt: 2 }

const line = (event: WorkEvent) => lineOf(event, "p", plain(0))

describe("lines of hq work", () => {
  it("tell each event, with what others wrote made visible", () => {
    const started = { ...attempt, branch: "b", worktree: "/w", log: "/l" }
    assert.deepStrictEqual(
      [
        line({ _tag: "Started", ...started, title: "Do\u001b[2J it" }),
        line({ _tag: "Started", ...started, attempt: 1 }),
        line({ _tag: "Completed", ...attempt, commit: "0123456789abcdef", files: 1, millis: 61_000 }),
        line({ _tag: "Failed", ...attempt, reason: "the program exited with 1\nfirst\nlast\u0007" }),
        line({
          _tag: "Failed",
          ...attempt,
          reason: "Auto-merging f\nCONFLICT (content): f\nAuto-merging g\nIt failed"
        }),
        line({ _tag: "NotMerged", ...step, reason: `overwritten:\n${"\tf\n".repeat(6)}Remove them\nAborting` }),
        line({ _tag: "Released", ...attempt, reason: "later" }),
        line({ _tag: "Lost", ...attempt, reason: "its lease ended" }),
        line({ _tag: "Retried", ...step }),
        line({ _tag: "Merged", ...step, commit: "fedcba9876543210" }),
        line({ _tag: "NotMerged", ...step, reason: "CONFLICT" }),
        line({ _tag: "Delayed", ...step, reason: "process 5 has it" }),
        line({ _tag: "Waiting", reason: "project_paused" }),
        line({ _tag: "Waiting", reason: "no_steps" }),
        line({ _tag: "Waiting", reason: "all_blocked", unmerged: Array.from({ length: 12 }, (_, at) => at + 3) }),
        line({ _tag: "StoreTrouble", reason: "The database was locked" })
      ],
      [
        "p#7 started by claude-x-1, attempt 2: Do\\u{1b}[2J it (/l)",
        "p#7 started by claude-x-1: b (/l)",
        "p#7 completed in 1m 1s: 0123456789, 1 file",
        "p#7 failed: the program exited with 1: last\\u{7}",
        "p#7 failed: Auto-merging f: CONFLICT (content): f; It failed",
        "p#7 not merged: overwritten:: f; f; f; f; f; …; Aborting",
        "p#7 given back: later",
        "p#7 lost: its lease ended",
        "p#7 is taken up again",
        "p#7 merged: fedcba9876",
        "p#7 not merged: CONFLICT",
        "p#7 waits: process 5 has it",
        "waiting: the project is paused",
        "waiting: the plan has no steps yet",
        "waiting: every step that is left waits for another, for steps 3, 4, 5, 6, 7, 8, 9, 10, 11, 12 and 2 more to be merged. Merge with --merge --into <branch>, or yourself, and tell hq: hq merge p#3 <commit>",
        "The database was locked"
      ]
    )
  })

  it("sum up what there was", () => {
    const none = { ended: "all_done", completed: 1, failed: 0, released: 0, lost: 0, merged: 0 } as const
    const lists = { failed_steps: [], unmerged_steps: [] }
    assert.strictEqual(summaryLine({ ...none, ...lists }), "1 step completed")
    const all = { ...none, ...lists, completed: 2, failed: 1, released: 3, lost: 4, merged: 2 }
    assert.strictEqual(summaryLine(all), "2 steps completed, 2 merged, 1 failed attempt, 3 given back, 4 lost")
  })
})
