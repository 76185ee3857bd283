import { assert } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type { Coordination } from "../../src/layers/Coordination.ts"
import { free, hq } from "../support/hq.ts"
import { anotherProcess, suite } from "../support/storages.ts"
import { driven } from "../support/waiting.ts"

const a = "a"

/** Opens another process, and runs effects in it. */
const openProcess = Effect.map(
  anotherProcess,
  (context) =>
    <A, E, R>(self: Effect.Effect<A, E, R>): Effect.Effect<A, E, Exclude<R, Coordination>> =>
      Effect.provide(self, context)
)

suite("two processes on one database", (test) => {
  const open = Effect.gen(function* () {
    const [one, two] = [yield* openProcess, yield* openProcess]
    yield* one(hq.create("p", { 1: [], 2: [1] }))
    return { one, two }
  })

  test(
    "see each other's writes at once",
    Effect.gen(function* () {
      const { one, two } = yield* open
      const { id } = yield* one(hq.takeAndStart("a"))
      assert.strictEqual((yield* two(hq.answer({ project: "p", agent_id: "b" }))).reason, "all_blocked")
      yield* one(hq.complete({ step_id: id, commit_hash: "c" }))
      assert.strictEqual((yield* two(hq.take("b"))).step_num, 2)
    })
  )

  for (const [by, isGone] of [
    [{ agent_id: a }, true],
    [{ agent_id: a, attempt: 1 }, false]
  ] as const) {
    test(
      `let an agent go on in another one with ${Object.keys(by).join(" and ")}${isGone ? ", once the first has ended" : ""}`,
      Effect.gen(function* () {
        const { one, two } = yield* open
        const { id } = yield* one(hq.take("a"))
        if (isGone) yield* one(hq.endSession)
        yield* two(hq.start({ step_id: id, ...by }))
        yield* two(hq.heartbeat({ step_id: id, ...by }))
        yield* two(hq.complete({ step_id: id, commit_hash: "c", ...by }))
        yield* one(hq.complete({ step_id: id, commit_hash: "c" }))
        const { events } = yield* one(hq.events({}))
        assert.deepStrictEqual(
          events.map(({ event_type }) => event_type),
          ["completed", "heartbeat", "started", "claimed"]
        )
      })
    )
  }

  test(
    "give each of many steps to one agent, and lose none",
    Effect.gen(function* () {
      const { one, two } = yield* open
      const count = 60
      yield* one(hq.create("race", free(count)))
      const work = (process: typeof one, by: string): Effect.Effect<ReadonlyArray<number>, unknown> =>
        Effect.gen(function* () {
          const { step } = yield* process(hq.answer({ project: "race", agent_id: by }))
          if (step === null) return []
          yield* process(hq.start({ step_id: step.id, agent_id: by }))
          yield* process(hq.complete({ step_id: step.id, agent_id: by, commit_hash: by }))
          return [step.id, ...(yield* work(process, by))]
        })
      const done = yield* driven(
        Effect.forEach([one, two, one, two, one, two], (process, index) => work(process, `agent-${index}`), {
          concurrency: "unbounded"
        })
      )
      assert.strictEqual(done.flat().length, count)
      assert.strictEqual(new Set(done.flat()).size, count)
      const { project: raced } = yield* two(hq.getProject({ name: "race" }))
      assert.deepInclude({ ...raced } as object, { status: "completed", step_counts: { completed: count } })
      const { events } = yield* one(hq.events({ project: "race", limit: 1_000 }))
      assert.strictEqual(events.length, 3 * count)
    })
  )

  test(
    "remember nothing of a claim that a process of before made",
    Effect.gen(function* () {
      const before = yield* Effect.scoped(
        Effect.gen(function* () {
          const process = yield* openProcess
          yield* process(hq.create("p", { 1: [] }))
          return yield* process(hq.take("a"))
        })
      )
      const later = yield* openProcess
      const { id, attempt } = before
      const { session: _, ...found } = yield* later(hq.get(id))
      assert.deepStrictEqual(found, { ...before, depends_on: [] })
      assert.strictEqual((yield* later(Effect.flip(hq.start({ step_id: id }))))._tag, "Conflict")
      assert.strictEqual((yield* later(hq.start({ step_id: id, agent_id: a, attempt }))).attempt, 1)
    })
  )
})
