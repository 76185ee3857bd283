import type { SqlClient } from "@effect/sql/SqlClient"
import * as SqliteClient from "@effect/sql-sqlite-node/SqliteClient"
import { describe, it } from "@effect/vitest"
import type * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import * as TestClock from "effect/TestClock"
import * as Coordination from "../../src/layers/Coordination.ts"
import { Leases } from "../../src/services/Leases.ts"
import { Projects } from "../../src/services/Projects.ts"
import { Recovery } from "../../src/services/Recovery.ts"
import { Settings, type SettingsValues } from "../../src/services/Settings.ts"
import { Steps } from "../../src/services/Steps.ts"
import { plan, rows, type Storage, settings, storages } from "./coordination.ts"

/** When these tests begin: far enough from 1970 that the clock can be set back. */
export const noon = Date.UTC(2026, 0, 1, 12)

/** The moment that long after noon, as hq writes it. */
export const at = (duration: Duration.DurationInput): string =>
  new Date(noon + Duration.toMillis(duration)).toISOString()

export type Test = (
  name: string,
  body: Effect.Effect<void, unknown, Storage | Settings | Scope.Scope>,
  changed?: Partial<SettingsValues>
) => void

/** Runs the suite on each storage; each of its tests has a new file, and begins at noon. */
export const onEachStorage = (suite: (test: Test, storage: (typeof storages)[number]) => void): void => {
  for (const storage of storages) {
    const test: Test = (name, body, changed = {}) =>
      it.scoped(name, () =>
        TestClock.setTime(noon).pipe(
          Effect.zipRight(body),
          Effect.provide(storage.layer().pipe(Layer.provideMerge(settings(changed))))
        )
      )
    describe(storage.name, () => suite(test, storage))
  }
}

/** The database file of the test. */
export const fileOf = Effect.map(rows<{ readonly file: string }>("PRAGMA database_list"), ([main]) => main?.file ?? "")

/** Coordination as another process has it: on the same file, with a memory of its own. */
export const anotherProcess = (storage: { readonly prefix: string }) =>
  Effect.gen(function* () {
    const filename = yield* fileOf
    const coordination: Layer.Layer<Coordination.Coordination, unknown> =
      storage.prefix === ""
        ? Coordination.layerSqlite({ filename })
        : Coordination.layer({ tablePrefix: storage.prefix }).pipe(
            // A driver that waits for a lock would keep its holder, which is in the same real process, from going on.
            Layer.tap((host) => Effect.provide(rows("PRAGMA busy_timeout = 1"), host)),
            Layer.provide(SqliteClient.layer({ filename }))
          )
    return yield* Layer.build(Layer.provide(coordination, Layer.succeed(Settings, yield* Settings)))
  })

/** Requests with plain strings and numbers for ids and names. */
export type Plain<A> = { readonly [K in keyof A]: Unbranded<A[K]> }
type Unbranded<A> = A extends number ? number : A extends string ? string : A

const verb =
  <Self, Service, A, B, E>(
    tag: Context.Tag<Self, Service>,
    method: (service: Service) => (request: A) => Effect.Effect<B, E>
  ) =>
  (request: Plain<A>): Effect.Effect<B, E, Self> =>
    Effect.flatMap(tag, (service) => method(service)(request as unknown as A))

/** What callers can do, as short as the tools are. */
export const hq = {
  create: (name: string, steps: Record<number, ReadonlyArray<number>>) =>
    Effect.flatMap(Projects, (_) => _.create(plan(name, steps))),
  createPlan: verb(Projects, (_) => _.create),
  getProject: verb(Projects, (_) => _.get),
  updateProject: verb(Projects, (_) => _.update),
  updatePlan: verb(Projects, (_) => _.updatePlan),
  deleteProject: verb(Projects, (_) => _.delete),
  /** Claims in project p, for the step or null. */
  claim: (agent_id: string, more: Partial<Plain<Parameters<Steps["Type"]["claim"]>[0]>> = {}) =>
    Effect.map(verb(Steps, (_) => _.claim)({ project: "p", agent_id, ...more }), ({ step }) => step),
  answer: verb(Steps, (_) => _.claim),
  start: verb(Steps, (_) => _.start),
  heartbeat: verb(Steps, (_) => _.heartbeat),
  complete: verb(Steps, (_) => _.complete),
  fail: verb(Steps, (_) => _.fail),
  release: verb(Steps, (_) => _.release),
  merge: verb(Steps, (_) => _.merge),
  get: (step_id: number) => verb(Steps, (_) => _.get)({ step_id }),
  heldBy: verb(Steps, (_) => _.heldBy),
  detectStale: verb(Recovery, (_) => _.detectStale),
  recover: verb(Recovery, (_) => _.recover),
  recoverFailed: (step_id: number) => verb(Recovery, (_) => _.recoverFailed)({ step_id }),
  sweep: Effect.flatMap(Recovery, (_) => _.sweep),
  touch: verb(Leases, (_) => _.touch),
  renew: Effect.flatMap(Leases, (_) => _.renew),
  shorten: Effect.flatMap(Leases, (_) => _.shorten)
}

/** What it holds as plain data, which assertions compare and print well. */
export const fields = (value: object | null): Record<string, unknown> => JSON.parse(JSON.stringify({ ...value }))

/** Why the call was refused, as plain data. */
export const refused = <A, E extends { readonly message: string }, R>(call: Effect.Effect<A, E, R>) =>
  Effect.map(Effect.flip(call), (error) => ({ ...fields(error), message: error.message }) as Record<string, unknown>)

export interface Told {
  readonly agent_id: string
  readonly step_id: number
  readonly event_type: string
  readonly timestamp: string
  readonly metadata: Record<string, unknown>
}

/** The audit trail, the oldest first. */
export const told = (storage: { readonly prefix: string }): Effect.Effect<ReadonlyArray<Told>, unknown, SqlClient> =>
  Effect.map(
    rows<Told & { readonly metadata: string }>(`SELECT * FROM ${storage.prefix}agent_events ORDER BY id`),
    (events) => events.map((event) => ({ ...event, metadata: JSON.parse(event.metadata) }))
  )

/** Everything that a call could write to, to see that it did not. */
export const contents = (storage: { readonly prefix: string }) =>
  Effect.forEach(["steps", "agent_events", "claim_requests", "failed_steps_history"], (table) =>
    rows(`SELECT * FROM ${storage.prefix}${table} ORDER BY 1, 2`)
  )
