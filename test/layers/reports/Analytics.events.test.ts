import { assert } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as TestClock from "effect/TestClock"
import { AgentEvent } from "../../../src/domain/Entities.ts"
import { hq, pages } from "../../support/hq.ts"
import { rows } from "../../support/rows.ts"
import { suite } from "../../support/storages.ts"

const timestamp = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/

suite("events", (test) => {
  const typesOf = (request: Parameters<typeof hq.events>[0]) =>
    Effect.map(hq.events(request), ({ events }) => events.map(({ event_type }) => event_type))

  test(
    "tell what happened to a step, who did it and when, the latest first",
    Effect.gen(function* () {
      yield* TestClock.setTime(Date.UTC(2026, 0, 18, 10, 30, 0, 5))
      yield* hq.create("p", { 1: [] })
      const { id } = yield* hq.take("a")
      yield* TestClock.adjust("1 minute")
      yield* hq.start({ step_id: id, worktree: "/w" })
      yield* TestClock.adjust("1 minute")
      yield* hq.heartbeat({ step_id: id })
      yield* TestClock.adjust("1 minute")
      yield* hq.fail({ step_id: id, reason: "no disk" })
      yield* TestClock.adjust("1 minute")
      yield* hq.recoverFailed(id)
      yield* TestClock.adjust("1 minute")
      yield* hq.finish("b")
      const { events } = yield* hq.events({})
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
          event(5, "recovered", 4, "unknown", { attempt: 1, from_status: "failed", from_agent: "a" }),
          event(4, "failed", 3, "a", { attempt: 1, reason: "no disk" }),
          event(3, "heartbeat", 2, "a", { attempt: 1 }),
          event(2, "started", 1, "a", { attempt: 1, worktree: "/w" }),
          event(1, "claimed", 0, "a", { attempt: 1 })
        ]
      )
      assert.instanceOf(events[0], AgentEvent)
    })
  )

  test(
    "can be of one agent, one project, or both, page by page",
    Effect.gen(function* () {
      for (const name of ["p", "q"]) yield* hq.create(name, { 1: [], 2: [], 3: [], 4: [] })
      for (const [name, by] of [
        ["p", "a"],
        ["q", "a"],
        ["p", "b"],
        ["p", "a"],
        ["q", "b"],
        ["p", "a"],
        ["q", "a"]
      ] as const) {
        yield* hq.take(by, { project: name })
      }
      for (const [request, expected] of [
        [{}, [7, 6, 5, 4, 3, 2, 1]],
        [{ agent_id: "a" }, [7, 6, 4, 2, 1]],
        [{ project: "p" }, [6, 4, 3, 1]],
        [{ agent_id: "a", project: "p" }, [6, 4, 1]],
        [{ agent_id: "nobody" }, []]
      ] as const) {
        for (const limit of [1, 2, 3, 7, 8]) {
          const found = yield* pages(limit, (page) => hq.events({ ...request, ...page }))
          assert.strictEqual(found.length, Math.max(1, Math.ceil(expected.length / limit)))
          assert.deepStrictEqual(
            found.flatMap((page) => page.events.map(({ id }) => Number(id))),
            [...expected]
          )
        }
      }
    })
  )

  test(
    "are paged from where the page ended, though new ones come meanwhile",
    Effect.gen(function* () {
      yield* hq.create("p", { 1: [], 2: [], 3: [], 4: [] })
      for (let left = 3; left > 0; left--) yield* hq.take("a")
      const first = yield* hq.events({ limit: 2 })
      yield* hq.take("a")
      const second = yield* hq.events({ limit: 2, cursor: first.next_cursor as string })
      assert.deepStrictEqual(
        [...first.events, ...second.events].map(({ id }) => Number(id)),
        [3, 2, 1]
      )
    })
  )

  test(
    "are as many as fit where no limit is named",
    Effect.gen(function* () {
      yield* hq.create("p", { 1: [] })
      const { id } = yield* hq.take("a")
      for (let left = 100; left > 0; left--) yield* hq.heartbeat({ step_id: id })
      const found = yield* pages(undefined, hq.events)
      assert.isAbove(found[0]?.events.length ?? 0, 40)
      const all = yield* hq.events({ limit: 1000 })
      assert.deepStrictEqual<unknown>(
        found.flatMap(({ events }) => events),
        all.events
      )
    })
  )

  test(
    "of an unknown project are NotFound",
    Effect.gen(function* () {
      const error = yield* Effect.flip(hq.events({ project: "nowhere" }))
      assert.deepInclude({ ...error }, { _tag: "NotFound", entity: "project", key: "nowhere" })
    })
  )

  test(
    "outlive the step that they tell of",
    Effect.gen(function* () {
      yield* hq.create("p", { 1: [], 2: [] })
      yield* hq.finish("a")
      yield* rows("DELETE FROM $steps WHERE step_num = 1")
      const { events } = yield* hq.events({ project: "p" })
      assert.deepStrictEqual(
        events.map(({ event_type, step_id }) => [event_type, step_id]),
        [
          ["completed", undefined],
          ["started", undefined],
          ["claimed", undefined]
        ]
      )
      yield* rows("DELETE FROM $projects")
      assert.deepStrictEqual(yield* typesOf({}), ["completed", "started", "claimed"])
    })
  )

  test(
    "with metadata that a person broke are shown without it",
    Effect.gen(function* () {
      yield* hq.create("p", { 1: [] })
      yield* hq.take("a")
      yield* rows("UPDATE $agent_events SET metadata = '{broken'")
      const { events } = yield* hq.events({})
      assert.notProperty(events[0], "metadata")
    })
  )

  test(
    "and every other row have timestamps in ISO-8601 with milliseconds, from Effect's clock",
    Effect.gen(function* () {
      yield* TestClock.setTime(Date.UTC(2031, 4, 6, 7, 8, 9, 10))
      yield* hq.create("p", { 1: [], 2: [], 3: [] })
      yield* hq.finish("a")
      yield* hq.recoverFailed((yield* hq.failNext("a")).id)
      yield* hq.take("a")
      for (const [name, columns] of [
        ["projects", ["created_at"]],
        ["steps", ["claimed_at", "started_at", "completed_at", "last_heartbeat", "lease_expires_at"]],
        ["agent_events", ["timestamp"]],
        ["failed_steps_history", ["claimed_at", "started_at", "failed_at", "archived_at"]]
      ] as const) {
        for (const row of yield* rows<Record<string, unknown>>(`SELECT ${columns.join(", ")} FROM $${name}`)) {
          for (const value of Object.values(row).filter((value) => value !== null)) {
            assert.match(String(value), timestamp)
            assert.match(String(value), /^2031-05-06T07:/)
          }
        }
      }
    })
  )
})
