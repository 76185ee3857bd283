import * as SqlClient from "@effect/sql/SqlClient"
import { describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { assert } from "vitest"
import { Step } from "../../src/domain/Entities.ts"
import { Analytics } from "../../src/services/Analytics.ts"
import { Projects } from "../../src/services/Projects.ts"
import { Recovery } from "../../src/services/Recovery.ts"
import type { SettingsValues } from "../../src/services/Settings.ts"
import { Steps } from "../../src/services/Steps.ts"
import { agent, project, type Storage, settings, storages } from "./coordination.ts"

/** Registers a test that has a new database of its own. */
export type Test = (
  title: string,
  body: () => Effect.Effect<void, unknown, Storage>,
  changed?: Partial<SettingsValues>
) => void

/** Runs a suite on each storage in turn. `table` gives the name that a table of hq has there. */
export const suite = (name: string, tests: (test: Test, table: (name: string) => string) => void): void => {
  for (const storage of storages) {
    describe(`${name}, ${storage.name}`, () => {
      tests(
        (title, body, changed = {}) =>
          it.effect(title, () =>
            Effect.provide(Effect.suspend(body), Layer.provide(storage.layer(), settings(changed)))
          ),
        (table) => `${storage.prefix}${table}`
      )
    })
  }
}

export const projects = Effect.serviceFunctions(Projects)
export const steps = Effect.serviceFunctions(Steps)
export const recovery = Effect.serviceFunctions(Recovery)
export const analytics = Effect.serviceFunctions(Analytics)

/** The agent claims a step of the project, or is told why there is none. */
export const claim = (name: string, by: string) => steps.claim({ project: project(name), agent_id: agent(by) })

/** The agent claims a step of the project, which must be there; without what the claim brings along. */
export const take = (name: string, by: string) =>
  Effect.map(claim(name, by), ({ step }) => {
    assert.isNotNull(step)
    const { base_commit: _, dependencies: __, previous_attempts: ___, ...row } = step as NonNullable<typeof step>
    return new Step(row)
  })

/** The agent claims and starts a step of the project, which must be there. */
export const takeAndStart = (name: string, by: string) =>
  Effect.flatMap(take(name, by), ({ id }) => steps.start({ step_id: id, agent_id: agent(by) }))

/** The agent takes a step of the project and completes it. */
export const finish = (name: string, by: string) =>
  Effect.flatMap(takeAndStart(name, by), ({ id }) => steps.complete({ step_id: id, commit_hash: "def456" }))

/** The agent takes a step of the project and fails it. */
export const failNext = (name: string, by: string, reason = "no disk") =>
  Effect.flatMap(take(name, by), ({ id }) => steps.fail({ step_id: id, reason }))

const everyTable = [
  "projects",
  "steps",
  "dependencies",
  "agent_events",
  "failed_steps_history",
  "step_counts",
  "agent_counts"
]

/** Every row of hq's tables. */
export const contents = (table: (name: string) => string) =>
  Effect.flatMap(SqlClient.SqlClient, (sql) =>
    Effect.forEach(everyTable, (name) => Effect.map(sql.unsafe(`SELECT * FROM ${table(name)}`), (rows) => [name, rows]))
  )

/** Runs the effect, and holds that it left every row as it was. */
export const writingNothing =
  (table: (name: string) => string) =>
  <A, E, R>(self: Effect.Effect<A, E, R>) =>
    Effect.gen(function* () {
      const before = yield* contents(table)
      const result = yield* self
      assert.deepStrictEqual(yield* contents(table), before)
      return result
    })

/** Every page of a list in turn, `limit` items each, or as many as fit. */
export const pages = <Page extends { readonly next_cursor?: string }, E, R>(
  limit: number | undefined,
  list: (page: { readonly limit?: number; readonly cursor?: string }) => Effect.Effect<Page, E, R>
): Effect.Effect<ReadonlyArray<Page>, E, R> =>
  Effect.gen(function* () {
    const size = limit === undefined ? {} : { limit }
    const found = [yield* list(size)]
    for (let cursor = found[0]?.next_cursor; cursor !== undefined; cursor = found.at(-1)?.next_cursor) {
      found.push(yield* list({ ...size, cursor }))
    }
    return found
  })

/** Texts that no list of hq gave as a cursor. */
export const garbageCursors: ReadonlyArray<string> = [
  "x",
  "!!",
  "1",
  ...["null", "[]", "{}", '["a","b"]', "[1,2,3,4]", "[null]", "[1.5]", "[-1]", "[1e999]", '[1e999,"a"]'].map((json) =>
    Buffer.from(json).toString("base64url")
  )
]
