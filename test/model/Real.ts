import { setImmediate } from "node:timers/promises"
import * as SqlClient from "@effect/sql/SqlClient"
import * as SqliteClient from "@effect/sql-sqlite-node/SqliteClient"
import Sqlite from "better-sqlite3"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as ManagedRuntime from "effect/ManagedRuntime"
import * as Scope from "effect/Scope"
import * as Coordination from "../../src/layers/Coordination.ts"
import { ClaimMemory, type HeldClaim } from "../../src/services/ClaimMemory.ts"
import { Session } from "../../src/services/Session.ts"
import { Settings } from "../../src/services/Settings.ts"
import { inspector } from "../support/invariants.ts"
import { tempDatabase } from "../support/temp.ts"
import { rules } from "./rules.ts"

const settings = Layer.succeed(Settings, {
  ...Settings.defaultValue(),
  sweepEvery: Duration.infinity,
  staleAfter: Duration.millis(rules.lease),
  progressDeadline: Duration.millis(rules.deadline),
  disconnectGrace: Duration.millis(rules.grace),
  eventRetention: Duration.millis(rules.retention),
  maxAttempts: rules.maxAttempts
})

/** A connection that keeps its prepared statements however far the clock jumps, and does not wait for the disk. */
const connect = (filename: string) =>
  Effect.gen(function* () {
    const connection = yield* Layer.build(SqliteClient.layer({ filename, prepareCacheTTL: Duration.infinity }))
    yield* Context.get(connection, SqlClient.SqlClient).unsafe("PRAGMA synchronous = NORMAL")
    return connection
  })

const tables = [
  "dependencies",
  "agent_events",
  "claim_requests",
  "failed_steps_history",
  "steps",
  "projects",
  "step_counts",
  "agent_counts",
  "agent_sessions",
  "sqlite_sequence"
]

/** What the model is compared with: two processes on one real file, each with a connection and a memory of its own. */
export class Real {
  /** What the clock says. TestClock would look for other fibers at each change, and there are none. */
  now = 0
  private readonly runtime = ManagedRuntime.make(
    Layer.setClock({
      ...Clock.make(),
      unsafeCurrentTimeMillis: () => this.now,
      unsafeCurrentTimeNanos: () => BigInt(this.now) * 1_000_000n,
      currentTimeMillis: Effect.sync(() => this.now),
      currentTimeNanos: Effect.sync(() => BigInt(this.now) * 1_000_000n),
      sleep: () => Effect.dieMessage("nothing has to wait for a lock here")
    })
  )
  private readonly scope = Effect.runSync(Scope.make())
  private readonly connections: Array<Context.Context<SqlClient.SqlClient>> = []
  private readonly processes: Array<Context.Context<Coordination.Coordination>> = []
  /** Ids of all sessions, in the order of their beginnings. */
  private readonly sessions: Array<string> = []
  private readonly statements = new Map<string, Sqlite.Statement>()
  private readonly db: Sqlite.Database
  /** Every invariant that the database breaks. */
  readonly violations: () => ReadonlyArray<string>

  private constructor(db: Sqlite.Database) {
    this.db = db
    this.violations = inspector(db)
  }

  static async open(): Promise<Real> {
    const filename = tempDatabase()
    await Effect.runPromise(Effect.scoped(Layer.build(Coordination.layerSqlite({ filename }))))
    const real = new Real(new Sqlite(filename))
    for (const process of [0, 1]) {
      real.connections[process] = await real.runtime.runPromise(Scope.extend(connect(filename), real.scope))
    }
    return real
  }

  /** Begins anew at that time: nothing is stored, nothing remembered. */
  async reset(now: number): Promise<void> {
    // Lets the test runner get a word in: nothing else here ever waits.
    await setImmediate()
    this.now = now
    this.db.transaction(() => {
      for (const table of tables) this.db.exec(`DELETE FROM ${table}`)
    })()
    this.sessions.length = 0
    await this.restart(0)
    await this.restart(1)
  }

  /** The process loses all that it remembers, and begins a session. */
  async restart(process: number): Promise<void> {
    const layer = Coordination.layer().pipe(
      Layer.provide(Layer.succeedContext(this.connections[process] as Context.Context<SqlClient.SqlClient>)),
      Layer.provide(settings)
    )
    const context = await this.runtime.runPromise(Scope.extend(Layer.build(layer), this.scope))
    this.processes[process] = context
    this.sessions.push(Context.get(context, Session).id)
  }

  run<A>(process: number, effect: Effect.Effect<A, never, Coordination.Coordination>): Promise<A> {
    const context = this.processes[process] as Context.Context<Coordination.Coordination>
    return this.runtime.runPromise(Effect.provide(effect, context))
  }

  /** The claims that the process takes for its own. */
  held(process: number): ReadonlyArray<HeldClaim> {
    return Context.get(this.processes[process] as Context.Context<Coordination.Coordination>, ClaimMemory).held()
  }

  /** Rows in which a column has a session's place in the order of their beginnings, not its id. */
  withSessions<Row>(column: string, statement: string): ReadonlyArray<Row> {
    return this.all<Record<string, unknown>>(statement).map((row) => {
      const id = row[column]
      return { ...row, [column]: typeof id === "string" ? this.sessions.indexOf(id) : id } as Row
    })
  }

  all<Row>(statement: string): ReadonlyArray<Row> {
    const prepared = this.statements.get(statement) ?? this.db.prepare(statement)
    this.statements.set(statement, prepared)
    return prepared.all() as ReadonlyArray<Row>
  }

  async close(): Promise<void> {
    await this.runtime.runPromise(Scope.close(this.scope, Exit.void))
    this.db.close()
    await this.runtime.dispose()
  }
}
