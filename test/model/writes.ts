import type * as Effect from "effect/Effect"
import * as fc from "fast-check"
import type { Coordination } from "../../src/layers/Coordination.ts"
import { hq } from "../support/hq.ts"
import { byOf, calling, given, idOf, maybe, oneOf, pick, process, who } from "./arguments.ts"
import { fileNames } from "./files.ts"
import { type Model, overlapsNamed } from "./Model.ts"
import { Move } from "./Move.ts"
import { type By, described, type Outcome } from "./State.ts"

type Answer = Parameters<typeof described>[0] & { readonly overlaps?: ReadonlyArray<{ readonly step_id: number }> }

type Call = (request: never) => Effect.Effect<Answer, { readonly _tag: string }, Coordination>

export const told = ({ overlaps, ...step }: Answer) =>
  overlaps === undefined
    ? described(step)
    : `${described(step)}, overlaps ${overlapsNamed(overlaps.map(({ step_id }) => step_id))}`

/** A write of a step's holder, or of somebody else, with its content. */
const write = <Content extends object>(
  tool: string,
  call: Call,
  content: fc.Arbitrary<Content>,
  predict: (model: Model, process: number, id: number, by: By, content: Content) => Outcome
): fc.Arbitrary<Move> =>
  fc.record({ process, pick, who, content }).map(
    ({ process, pick, who, content }) =>
      new Move((model) => {
        const step_id = idOf(model, pick)
        const by = byOf(model, step_id, who)
        const request = { step_id, ...by, ...given(content) }
        const expected = predict(model, process, step_id, by, content)
        return calling(process, `${tool} ${JSON.stringify(request)}`, expected, call(request as never), told)
      })
  )

export const start = write(
  "start",
  hq.start,
  fc.record({ worktree: maybe(oneOf("/w1", "/w2")) }),
  (model, process, id, by, { worktree }) => model.start(process, id, by, worktree)
)

export const heartbeat = write("heartbeat", hq.heartbeat, fc.constant({}), (model, process, id, by) =>
  model.heartbeat(process, id, by)
)

export const complete = write(
  "complete",
  hq.complete,
  fc.record({
    commit_hash: oneOf("c1", "c2"),
    files_modified: maybe(fc.subarray([...fileNames], { maxLength: 2 })),
    notes: maybe(oneOf("n", ""))
  }),
  (model, process, id, by, { commit_hash: commit, files_modified: files, notes }) =>
    model.complete(process, id, by, { commit, files, notes })
)

export const fail = write(
  "fail",
  hq.fail,
  fc.record({ reason: oneOf("r1", "r2") }),
  (model, process, id, by, { reason }) => model.fail(process, id, by, reason)
)

export const release = write(
  "release",
  hq.release,
  fc.record({ reason: maybe(fc.constant("r")) }),
  (model, process, id, by) => model.release(process, id, by)
)
