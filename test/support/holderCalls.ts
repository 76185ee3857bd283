import { assert } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type { Conflict, NotFound, StorageError } from "../../src/domain/Errors.ts"
import type { Coordination } from "../../src/layers/Coordination.ts"
import { hq, refused } from "./hq.ts"
import { writesNothing } from "./rows.ts"

/* The writes of a step's holder, for the tests of who may make them. */

export interface By {
  readonly agent_id?: string
  readonly attempt?: number
}

export type Call = (by: By, step_id?: number) => Effect.Effect<object, NotFound | Conflict | StorageError, Coordination>

export const done = { commit_hash: "c", files_modified: ["f", "g"], notes: "n" }

export const calls = {
  start: (by, step_id = 1) => hq.start({ step_id, worktree: "/w", ...by }),
  heartbeat: (by, step_id = 1) => hq.heartbeat({ step_id, ...by }),
  complete: (by, step_id = 1) => hq.complete({ step_id, ...done, ...by }),
  fail: (by, step_id = 1) => hq.fail({ step_id, reason: "r", ...by }),
  release: (by, step_id = 1) => hq.release({ step_id, reason: "r", ...by })
} satisfies Record<string, Call>

export type Name = keyof typeof calls

/** Every write that the fence guards, in every status in which the holder may make it. */
export const writes: ReadonlyArray<readonly [name: Name, status: "claimed" | "in_progress"]> = [
  ["start", "claimed"],
  ["heartbeat", "claimed"],
  ["heartbeat", "in_progress"],
  ["complete", "in_progress"],
  ["fail", "claimed"],
  ["fail", "in_progress"],
  ["release", "claimed"],
  ["release", "in_progress"]
]

/** The agent claims the step, and brings it into the status. */
export const held = (status: string, step_id = 1, agent_id = "a") =>
  Effect.gen(function* () {
    yield* hq.claim(agent_id, { step_id })
    if (status === "in_progress") yield* hq.start({ step_id, agent_id })
  })

/** The call is refused as long as that agent holds the step in that attempt, and writes nothing. */
export const refusedFor = (call: ReturnType<Call>, status: string, agent_id: string, attempt: number) =>
  Effect.gen(function* () {
    const error = yield* refused(call).pipe(writesNothing)
    assert.deepInclude(error, { _tag: "Conflict", step_id: 1, status, holder: { agent_id, attempt } })
    assert.include(error.message, `held by agent "${agent_id}" in attempt ${attempt}`)
    return String(error.message)
  })
