import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type { StepId } from "../../src/domain/Ids.ts"
import { agent, plan, project } from "../support/coordination.ts"
import { openings, openProcess } from "../support/processes.ts"
import { analytics, claim, projects, recovery, steps, take, takeAndStart } from "../support/suite.ts"
import { tempDatabase } from "../support/temp.ts"

const a = agent("a")

describe.each(openings)("two processes on one database, $name", ({ layer }) => {
  const open = Effect.gen(function* () {
    const filename = tempDatabase()
    const [one, two] = [yield* openProcess(layer(filename)), yield* openProcess(layer(filename))]
    yield* one(projects.create(plan("p", { 1: [], 2: [1] })))
    return { one, two }
  })

  it.scoped("see each other's writes at once", () =>
    Effect.gen(function* () {
      const { one, two } = yield* open
      const { id } = yield* one(takeAndStart("p", "a"))
      assert.strictEqual((yield* two(claim("p", "b"))).reason, "all_blocked")
      yield* one(steps.complete({ step_id: id, commit_hash: "c" }))
      assert.strictEqual((yield* two(take("p", "b"))).step_num, 2)
    })
  )

  it.scoped("do not know each other's claims: a call without its agent is asked for it", () =>
    Effect.gen(function* () {
      const { one, two } = yield* open
      const { id } = yield* one(takeAndStart("p", "a"))
      const error = yield* two(Effect.flip(steps.complete({ step_id: id, commit_hash: "c" })))
      assert.deepInclude({ ...error } as object, { _tag: "Conflict", holder: { agent_id: a, attempt: 1 } })
      assert.include(error.message, "agent_id")
      assert.strictEqual((yield* one(steps.get({ step_id: id }))).status, "in_progress")
    })
  )

  for (const by of [{ agent_id: a }, { agent_id: a, attempt: 1 }]) {
    it.scoped(`let an agent go on in another one with ${Object.keys(by).join(" and ")}`, () =>
      Effect.gen(function* () {
        const { one, two } = yield* open
        const { id } = yield* one(take("p", "a"))
        yield* two(steps.start({ step_id: id, ...by }))
        yield* two(steps.heartbeat({ step_id: id, ...by }))
        yield* two(steps.complete({ step_id: id, commit_hash: "c", ...by }))
        yield* one(steps.complete({ step_id: id, commit_hash: "c" }))
        const { events } = yield* one(analytics.events({}))
        assert.deepStrictEqual(
          events.map(({ event_type }) => event_type),
          ["completed", "heartbeat", "started", "claimed"]
        )
      })
    )
  }

  it.scoped("refuse the agent whose step was recovered and claimed in the other, under the same name too", () =>
    Effect.gen(function* () {
      const { one, two } = yield* open
      const { id } = yield* one(takeAndStart("p", "a"))
      yield* two(recovery.recover({ step_id: id }))
      yield* two(takeAndStart("p", "a"))
      for (const by of [{}, { agent_id: a }, { agent_id: a, attempt: 1 }]) {
        const error = yield* one(Effect.flip(steps.complete({ step_id: id, commit_hash: "c", ...by })))
        assert.deepInclude({ ...error } as object, { _tag: "Conflict", holder: { agent_id: a, attempt: 2 } })
      }
      assert.strictEqual((yield* two(steps.complete({ step_id: id, commit_hash: "c" }))).attempt, 2)
    })
  )

  // The wait for the other's write is a real one.
  it.live("give each of many steps to one agent, and lose none", () =>
    Effect.scoped(
      Effect.gen(function* () {
        const { one, two } = yield* open
        const count = 60
        yield* one(
          projects.create(plan("race", Object.fromEntries(Array.from({ length: count }, (_, i) => [i + 1, []]))))
        )
        const work = (process: typeof one, by: string): Effect.Effect<ReadonlyArray<StepId>, unknown> =>
          Effect.gen(function* () {
            const { step } = yield* process(claim("race", by))
            if (step === null) return []
            yield* process(steps.start({ step_id: step.id, agent_id: agent(by) }))
            yield* process(steps.complete({ step_id: step.id, agent_id: agent(by), commit_hash: by }))
            return [step.id, ...(yield* work(process, by))]
          })
        const done = yield* Effect.forEach(
          [one, two, one, two, one, two].map((process, index) => work(process, `agent-${index}`)),
          (agent) => agent,
          { concurrency: "unbounded" }
        )
        assert.strictEqual(done.flat().length, count)
        assert.strictEqual(new Set(done.flat()).size, count)
        const { project: raced } = yield* two(projects.get({ name: project("race") }))
        assert.deepInclude({ ...raced } as object, { status: "completed", step_counts: { completed: count } })
        const { events } = yield* one(analytics.events({ project: project("race"), limit: 1_000 }))
        assert.strictEqual(events.length, 3 * count)
      })
    )
  )

  it.scoped("remember nothing of a claim that a process of before made", () =>
    Effect.gen(function* () {
      const filename = tempDatabase()
      const before = yield* Effect.scoped(
        Effect.gen(function* () {
          const process = yield* openProcess(layer(filename))
          yield* process(projects.create(plan("p", { 1: [] })))
          return yield* process(take("p", "a"))
        })
      )
      const later = yield* openProcess(layer(filename))
      const { id, attempt } = before
      assert.deepStrictEqual({ ...(yield* later(steps.get({ step_id: id }))) }, { ...before, depends_on: [] })
      assert.strictEqual((yield* later(Effect.flip(steps.start({ step_id: id }))))._tag, "Conflict")
      assert.strictEqual((yield* later(steps.start({ step_id: id, agent_id: a, attempt }))).attempt, 1)
    })
  )
})
