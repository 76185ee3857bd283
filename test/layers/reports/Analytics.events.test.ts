import { assert } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as TestClock from "effect/TestClock"
import { AgentEvent } from "../../../src/domain/Entities.ts"
import { agent, plan, project, rows } from "../../support/coordination.ts"
import { analytics, failNext, finish, pages, projects, recovery, steps, suite, take } from "../../support/suite.ts"

const timestamp = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/

suite("events", (test, table) => {
  const typesOf = (request: Parameters<typeof analytics.events>[0]) =>
    Effect.map(analytics.events(request), ({ events }) => events.map(({ event_type }) => event_type))

  test("tell what happened to a step, who did it and when, the latest first", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(Date.UTC(2026, 0, 18, 10, 30, 0, 5))
      yield* projects.create(plan("p", { 1: [] }))
      const { id } = yield* take("p", "a")
      yield* TestClock.adjust("1 minute")
      yield* steps.start({ step_id: id, worktree: "/w" })
      yield* TestClock.adjust("1 minute")
      yield* steps.heartbeat({ step_id: id })
      yield* TestClock.adjust("1 minute")
      yield* steps.fail({ step_id: id, reason: "no disk" })
      yield* TestClock.adjust("1 minute")
      yield* recovery.recoverFailed({ step_id: id })
      yield* TestClock.adjust("1 minute")
      yield* finish("p", "b")
      const { events } = yield* analytics.events({})
      const event = (nth: number, event_type: string, minute: number, by: string, metadata: object) => ({
        id: nth,
        agent_id: by,
        project_id: 1,
        step_id: 1,
        event_type,
        timestamp: `2026-01-18T10:${30 + minute}:00.005Z`,
        metadata
      })
      assert.deepStrictEqual(
        events.map((found) => ({ ...found }) as object),
        [
          event(8, "completed", 5, "b", { attempt: 2, commit_hash: "def456" }),
          event(7, "started", 5, "b", { attempt: 2 }),
          event(6, "claimed", 5, "b", { attempt: 2 }),
          event(5, "recovered", 4, "system", { attempt: 1, from_status: "failed", from_agent: "a" }),
          event(4, "failed", 3, "a", { attempt: 1, reason: "no disk" }),
          event(3, "heartbeat", 2, "a", { attempt: 1 }),
          event(2, "started", 1, "a", { attempt: 1, worktree: "/w" }),
          event(1, "claimed", 0, "a", { attempt: 1 })
        ]
      )
      assert.instanceOf(events[0], AgentEvent)
    }))

  test("can be of one agent, one project, or both, page by page", () =>
    Effect.gen(function* () {
      for (const name of ["p", "q"]) yield* projects.create(plan(name, { 1: [], 2: [], 3: [], 4: [] }))
      for (const [name, by] of [
        ["p", "a"],
        ["q", "a"],
        ["p", "b"],
        ["p", "a"],
        ["q", "b"],
        ["p", "a"],
        ["q", "a"]
      ] as const) {
        yield* take(name, by)
      }
      for (const [request, expected] of [
        [{}, [7, 6, 5, 4, 3, 2, 1]],
        [{ agent_id: agent("a") }, [7, 6, 4, 2, 1]],
        [{ project: project("p") }, [6, 4, 3, 1]],
        [{ agent_id: agent("a"), project: project("p") }, [6, 4, 1]],
        [{ agent_id: agent("nobody") }, []]
      ] as const) {
        for (const limit of [1, 2, 3, 7, 8]) {
          const found = yield* pages(limit, (page) => analytics.events({ ...request, ...page }))
          assert.strictEqual(found.length, Math.max(1, Math.ceil(expected.length / limit)))
          assert.deepStrictEqual(
            found.flatMap((page) => page.events.map(({ id }) => Number(id))),
            [...expected]
          )
        }
      }
    }))

  test("are paged from where the page ended, though new ones come meanwhile", () =>
    Effect.gen(function* () {
      yield* projects.create(plan("p", { 1: [], 2: [], 3: [], 4: [] }))
      for (let left = 3; left > 0; left--) yield* take("p", "a")
      const first = yield* analytics.events({ limit: 2 })
      yield* take("p", "a")
      const second = yield* analytics.events({ limit: 2, cursor: first.next_cursor as string })
      assert.deepStrictEqual(
        [...first.events, ...second.events].map(({ id }) => Number(id)),
        [3, 2, 1]
      )
    }))

  test("are as many as fit where no limit is named", () =>
    Effect.gen(function* () {
      yield* projects.create(plan("p", { 1: [] }))
      const { id } = yield* take("p", "a")
      for (let left = 100; left > 0; left--) yield* steps.heartbeat({ step_id: id })
      const found = yield* pages(undefined, analytics.events)
      assert.isAbove(found[0]?.events.length ?? 0, 40)
      const all = yield* analytics.events({ limit: 1000 })
      assert.deepStrictEqual<unknown>(
        found.flatMap(({ events }) => events),
        all.events
      )
    }))

  test("of an unknown project are NotFound", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(analytics.events({ project: project("nowhere") }))
      assert.deepInclude({ ...error }, { _tag: "NotFound", entity: "project", key: "nowhere" })
    }))

  test("outlive the step that they tell of", () =>
    Effect.gen(function* () {
      yield* projects.create(plan("p", { 1: [], 2: [] }))
      yield* finish("p", "a")
      yield* rows(`DELETE FROM ${table("steps")} WHERE step_num = 1`)
      const { events } = yield* analytics.events({ project: project("p") })
      assert.deepStrictEqual(
        events.map(({ event_type, step_id }) => [event_type, step_id]),
        [
          ["completed", undefined],
          ["started", undefined],
          ["claimed", undefined]
        ]
      )
      yield* rows(`DELETE FROM ${table("projects")}`)
      assert.deepStrictEqual(yield* typesOf({}), ["completed", "started", "claimed"])
    }))

  test("with metadata that a person broke are shown without it", () =>
    Effect.gen(function* () {
      yield* projects.create(plan("p", { 1: [] }))
      yield* take("p", "a")
      yield* rows(`UPDATE ${table("agent_events")} SET metadata = '{broken'`)
      const { events } = yield* analytics.events({})
      assert.notProperty(events[0], "metadata")
    }))

  test("and every other row have timestamps in ISO-8601 with milliseconds, from Effect's clock", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(Date.UTC(2031, 4, 6, 7, 8, 9, 10))
      yield* projects.create(plan("p", { 1: [], 2: [], 3: [] }))
      yield* finish("p", "a")
      yield* recovery.recoverFailed({ step_id: (yield* failNext("p", "a")).id })
      yield* take("p", "a")
      for (const [name, columns] of [
        ["projects", ["created_at"]],
        ["steps", ["claimed_at", "started_at", "completed_at", "last_heartbeat", "lease_expires_at"]],
        ["agent_events", ["timestamp"]],
        ["failed_steps_history", ["claimed_at", "started_at", "failed_at", "archived_at"]]
      ] as const) {
        for (const row of yield* rows<Record<string, unknown>>(`SELECT ${columns.join(", ")} FROM ${table(name)}`)) {
          for (const value of Object.values(row).filter((value) => value !== null)) {
            assert.match(String(value), timestamp)
            assert.match(String(value), /^2031-05-06T07:/)
          }
        }
      }
    }))
})
