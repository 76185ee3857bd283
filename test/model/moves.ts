import * as fc from "fast-check"
import { hq } from "../support/hq.ts"
import { agents, calling, given, idOf, maybe, minute, oneOf, pick, process } from "./arguments.ts"
import { show, updatePlan } from "./editMoves.ts"
import { Move } from "./Move.ts"
import { claim, create, deleteProject, merge, updateProject } from "./planMoves.ts"
import { described } from "./State.ts"
import { complete, fail, heartbeat, release, start } from "./writes.ts"

const recover = fc.record({ process, pick, force: maybe(fc.boolean()) }).map(
  ({ process, pick, force }) =>
    new Move((model) => {
      const step_id = idOf(model, pick)
      const request = { step_id, ...given({ force }) }
      const expected = model.recover(process, step_id, force === true)
      return calling(process, `recover ${JSON.stringify(request)}`, expected, hq.recover(request), described)
    })
)

const recoverFailed = fc.record({ process, index: fc.nat({ max: 40 }) }).map(
  ({ process, index }) =>
    new Move((model) => {
      const failed = [...model.steps.values()].filter(({ status }) => status === "failed")
      const step_id = failed[index % (failed.length + 1)]?.id ?? idOf(model, { among: "all", index })
      const expected = model.recoverFailed(step_id)
      return calling(process, `recoverFailed ${step_id}`, expected, hq.recoverFailed(step_id), described)
    })
)

const stale = fc.record({ process, minutes: oneOf(0.5, 0.5, 0.5, 15) }).map(
  ({ process, minutes }) =>
    new Move((model) => {
      const expected = model.stale(process, minutes * minute)
      const call = hq.detectStale({ timeout_minutes: minutes })
      return calling(process, `detectStale ${minutes}`, expected, call, ({ steps }) =>
        steps
          .map(({ id }) => Number(id))
          .sort((a, b) => a - b)
          .join()
      )
    })
)

const touch = fc.record({ process, agent_id: maybe(oneOf(...agents)), step: maybe(pick) }).map(
  ({ process, agent_id, step }) =>
    new Move((model) => {
      const step_id = step === undefined ? undefined : idOf(model, step)
      const request = given({ agent_id, step_id })
      const expected = model.touch(process, agent_id, step_id)
      return calling(process, `touch ${JSON.stringify(request)}`, expected, hq.touch(request), () => "done")
    })
)

const renew = process.map(
  (process) => new Move((model) => calling(process, "renew", model.renew(process), hq.renew, () => "done"))
)

const endSession = process.map(
  (process) =>
    new Move((model) => calling(process, "endSession", model.endSession(process), hq.endSession, () => "done"))
)

const sweep = process.map(
  (process) =>
    new Move((model) =>
      calling(
        process,
        "sweep",
        model.sweep(process),
        hq.sweep,
        (taken) => `recovered ${taken.recovered}, failed ${taken.failed}`
      )
    )
)

const restart = process.map(
  (process) =>
    new Move((model) => ({
      text: `process ${process}: restart`,
      expected: model.restart(process),
      actual: (real) => real.restart(process).then(() => "done")
    }))
)

/** By less and more than a lease, and than the progress deadline; also backwards. In seconds. */
const clock = oneOf(1, 45, 45, 60, 300, 600, 660, 1860, 3600, 24_000, -60, -660, -3600).map(
  (seconds) =>
    new Move((model) => {
      model.now += seconds * 1000
      const { now } = model
      return {
        text: `clock ${seconds} seconds, to ${new Date(now).toISOString()}`,
        expected: "done",
        actual: async (real) => {
          real.now = now
          return "done"
        }
      }
    })
)

/** Every kind of call, by how often it is made. */
const weights: ReadonlyArray<readonly [weight: number, move: fc.Arbitrary<Move>]> = [
  [26, claim],
  [12, start],
  [12, complete],
  [10, clock],
  [8, sweep],
  [4, heartbeat],
  [4, fail],
  [4, release],
  [4, recover],
  [4, recoverFailed],
  [4, stale],
  [4, touch],
  [4, renew],
  [3, endSession],
  [3, create],
  [6, merge],
  [4, updateProject],
  [10, updatePlan],
  [2, show],
  [1, deleteProject],
  [1, restart]
]

export const moves = fc.oneof(...weights.map(([weight, arbitrary]) => ({ weight, arbitrary })))
