import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as TestClock from "effect/TestClock"
import * as Coordination from "../../../../../src/layers/Coordination.ts"
import { query } from "../../../../support/database.ts"
import { hq } from "../../../../support/hq.ts"
import { originalDatabase } from "../../../../support/original.ts"

const id = (value: number) => value

/** Runs coordination on the file, at half past twelve on the day on which the original was last used. */
const adopt = <A, E>(filename: string, body: Effect.Effect<A, E, Coordination.Coordination>) =>
  TestClock.setTime(Date.UTC(2026, 0, 18, 12, 30)).pipe(
    Effect.zipRight(body),
    Effect.provide(Coordination.layerSqlite({ filename }))
  )

const adopted = <A, E>(body: Effect.Effect<A, E, Coordination.Coordination>) => adopt(originalDatabase(), body)

describe("the original's database", () => {
  it.effect("is taken over with its projects", () =>
    adopted(
      Effect.gen(function* () {
        const { projects: found } = yield* hq.listProjects({})
        assert.deepStrictEqual(
          found.map((one) => ({ ...one }) as object),
          [
            {
              id: 3,
              name: "auth",
              base_commit: "abc123",
              created_at: "2026-01-18T10:00:00.000Z",
              status: "active",
              priority: 2,
              unblock_on: "completed",
              revision: 1,
              total_steps: 6,
              step_counts: { claimed: 1, completed: 1, failed: 1, in_progress: 1, not_started: 2 }
            },
            {
              id: 5,
              name: "given up",
              base_commit: "abc125",
              created_at: "2026-01-16T10:00:00.000Z",
              status: "aborted",
              priority: 0,
              unblock_on: "completed",
              revision: 1,
              total_steps: 1,
              step_counts: { not_started: 1 }
            },
            {
              id: 4,
              name: "finished",
              base_commit: "abc124",
              created_at: "2026-01-17T10:00:00.000Z",
              status: "completed",
              priority: 0,
              unblock_on: "completed",
              revision: 1,
              total_steps: 1,
              step_counts: { merged: 1 }
            }
          ]
        )
      })
    )
  )

  it.effect("is taken over with every step, under its id", () =>
    adopted(
      Effect.gen(function* () {
        const get = (step: number) => Effect.map(hq.get(id(step)), (found) => ({ ...found }) as object)
        assert.deepStrictEqual(yield* get(10), {
          id: 10,
          project_id: 3,
          step_num: 1,
          branch: "step1/auth",
          scope: "auth",
          status: "completed",
          priority: 0,
          attempt: 1,
          agent_id: "agent-1",
          worktree: "/w1",
          claimed_at: "2026-01-18T10:00:00.000Z",
          started_at: "2026-01-18T10:10:00.000Z",
          completed_at: "2026-01-18T11:40:00.000Z",
          last_heartbeat: "2026-01-18T11:39:00.000Z",
          last_commit: "def456",
          files_modified: ["a.ts", "b.ts"],
          notes: "done",
          depends_on: []
        })
        assert.deepInclude(yield* get(11), {
          status: "in_progress",
          attempt: 1,
          last_heartbeat: "2026-01-18T12:30:00.000Z",
          lease_expires_at: "2026-01-18T12:45:00.000Z",
          depends_on: [1]
        })
        assert.deepInclude(yield* get(12), {
          status: "claimed",
          claimed_at: "2026-01-18T12:00:00.123Z",
          last_heartbeat: "2026-01-18T12:00:00.123Z",
          lease_expires_at: "2026-01-18T12:15:00.123Z"
        })
        assert.deepInclude(yield* get(13), { status: "failed", agent_id: "agent-1", notes: "no disk", attempt: 1 })
        assert.deepStrictEqual(yield* get(15), {
          id: 15,
          project_id: 3,
          step_num: 6,
          branch: "step6/ui",
          scope: "ui",
          status: "not_started",
          priority: 0,
          attempt: 0,
          depends_on: [2, 5]
        })
      })
    )
  )

  it.effect("leaves behind what points nowhere, and the original's tables", () =>
    Effect.gen(function* () {
      const filename = originalDatabase()
      yield* adopt(filename, Effect.void)
      assert.deepStrictEqual(query(filename, "SELECT step_id, depends_on_step_id FROM dependencies ORDER BY 1, 2"), [
        { step_id: 11, depends_on_step_id: 10 },
        { step_id: 14, depends_on_step_id: 10 },
        { step_id: 15, depends_on_step_id: 11 },
        { step_id: 15, depends_on_step_id: 14 }
      ])
      assert.isEmpty(query(filename, "SELECT * FROM steps WHERE id = 99"))
      assert.deepStrictEqual(
        query(
          filename,
          "SELECT name FROM sqlite_schema WHERE name LIKE 'seed%' OR name LIKE 'idx%' OR name = 'schema_migrations'"
        ),
        []
      )
      assert.isEmpty(query(filename, "PRAGMA foreign_key_check"))
    })
  )

  it.effect("is taken over with its events and its history", () =>
    Effect.gen(function* () {
      const filename = originalDatabase()
      const { events } = yield* adopt(filename, hq.events({}))
      assert.deepStrictEqual(
        events.map((event) => ({ ...event }) as object),
        [
          { id: 4, agent_id: "agent-9", event_type: "heartbeat", timestamp: "2026-01-18T11:42:00.000Z" },
          { id: 3, agent_id: "system", event_type: "recovered", timestamp: "2026-01-18T11:41:00.000Z" },
          {
            id: 2,
            agent_id: "agent-1",
            project_id: 3,
            step_id: 10,
            event_type: "completed",
            timestamp: "2026-01-18T11:40:00.000Z"
          },
          {
            id: 1,
            agent_id: "agent-1",
            project_id: 3,
            step_id: 10,
            event_type: "claimed",
            timestamp: "2026-01-18T10:00:00.000Z",
            metadata: { worktree: "/w1" }
          }
        ]
      )
      assert.deepStrictEqual(
        query(
          filename,
          "SELECT id, original_step_id, agent_id, failed_at, notes, archived_at FROM failed_steps_history"
        ),
        [
          {
            id: 1,
            original_step_id: 11,
            agent_id: "agent-4",
            failed_at: "2026-01-18T11:30:00.000Z",
            notes: "no net",
            archived_at: "2026-01-18T11:50:00.000Z"
          }
        ]
      )
    })
  )

  it.effect("has its metrics", () =>
    adopted(
      Effect.gen(function* () {
        assert.deepInclude(yield* hq.metrics({ project: "auth" }), {
          completed: 1,
          avg_time_hours: 1.5
        })
        assert.deepStrictEqual(yield* hq.metrics({ agent_id: "agent-1" }), {
          steps_completed: 2,
          avg_time_hours: 1,
          scopes: { auth: 1, s: 1 }
        })
      })
    )
  )

  it.effect("is worked on where the original stopped", () =>
    adopted(
      Effect.gen(function* () {
        assert.strictEqual((yield* hq.finish("agent-5", { project: "auth" })).id, 14)
        assert.strictEqual((yield* hq.answer({ project: "auth", agent_id: "agent-5" })).reason, "all_blocked")
        yield* hq.complete({ step_id: id(11), agent_id: "agent-2", commit_hash: "c" })
        assert.strictEqual((yield* hq.finish("agent-5", { project: "auth" })).id, 15)
        const stale = yield* hq.detectStale({})
        assert.deepStrictEqual(
          stale.steps.map((step) => Number(step.id)),
          [12]
        )
        assert.strictEqual((yield* hq.recover({ step_id: id(12) })).status, "not_started")
        assert.strictEqual((yield* hq.recoverFailed(id(13))).status, "not_started")
        for (const expected of [12, 13]) {
          const done = yield* hq.finish("agent-5", { project: "auth" })
          assert.deepInclude({ ...done } as object, { id: expected, attempt: 2 })
        }
        assert.strictEqual((yield* hq.answer({ project: "auth", agent_id: "agent-5" })).reason, "all_done")
        assert.strictEqual((yield* hq.answer({ project: "given up", agent_id: "agent-5" })).reason, "project_aborted")
      })
    )
  )

  it.effect("is taken over once, and then is a file of hq's own", () =>
    Effect.gen(function* () {
      const filename = originalDatabase()
      yield* adopt(filename, hq.finish("agent-5", { project: "auth" }))
      const step = yield* adopt(filename, hq.get(id(14)))
      assert.strictEqual(step.status, "completed")
    })
  )

  const onThoseDays = /^2026-01-1\dT\d\d:00:00\.\d{3}Z$/
  for (const [title, change, created = onThoseDays] of [
    ["without a time of creation", "UPDATE projects SET created_at = NULL", /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/],
    ["without a priority", "UPDATE projects SET priority = NULL"],
    ["with times as Go writes them", "UPDATE projects SET created_at = '2026-01-18 10:00:00.123456789 +0000 UTC'"],
    ["with times in another zone", "UPDATE projects SET created_at = '2026-01-18 12:00:00+02:00' WHERE id = 3"],
    ["without a history of failed steps", "DROP TABLE failed_steps_history"],
    ["without events' times", "UPDATE agent_events SET timestamp = NULL"],
    ["without a time of archiving", "UPDATE failed_steps_history SET archived_at = NULL"],
    [
      "without any rows",
      "DELETE FROM projects; DELETE FROM steps; DELETE FROM dependencies; DELETE FROM agent_events; DELETE FROM failed_steps_history"
    ]
  ] as const) {
    it.effect(`is taken over ${title}`, () =>
      adopt(
        originalDatabase(change),
        Effect.gen(function* () {
          const page = yield* hq.listProjects({})
          for (const { created_at } of page.projects) assert.match(created_at, created)
        })
      )
    )
  }
})
