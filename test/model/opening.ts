import { hq } from "../support/hq.ts"
import { calling } from "./arguments.ts"
import { Move } from "./Move.ts"
import type { PlannedStep } from "./Plans.ts"
import { newProject } from "./planMoves.ts"
import { described } from "./State.ts"
import { told } from "./writes.ts"

/** A diamond, and steps beside it that change the same files. */
const plan: ReadonlyArray<PlannedStep> = [
  { files: ["a/**"] },
  { files: ["a/b"] },
  { depends_on: [1] },
  { files: ["*.ts"], depends_on: [1, 2] },
  { depends_on: [3, 4] },
  { files: ["**/x.ts"] },
  { files: ["{c,d}.*", "a/*.ts"], scope: "ui" }
].map((step, index) => ({ step_num: index + 1, branch: "b", scope: "api", ...step }))

/** What each run begins with: project p, of which one step is done. */
export const opening: ReadonlyArray<Move> = [
  newProject("p", plan, {}),
  new Move((model) => {
    const request = { agent_id: "a", project: "p", step_num: 1 }
    return calling(
      0,
      "claim 1",
      model.claim(0, request),
      hq.answer(request),
      ({ step }) => `${step && described(step)}`
    )
  }),
  new Move((model) => calling(0, "start 1", model.start(0, 1, {}, undefined), hq.start({ step_id: 1 }), described)),
  new Move((model) => {
    const done = { commit: "c1", files: ["a/x.ts"], notes: undefined }
    const request = { step_id: 1, commit_hash: "c1", files_modified: done.files }
    return calling(0, "complete 1", model.complete(0, 1, {}, done), hq.complete(request), told)
  })
]
