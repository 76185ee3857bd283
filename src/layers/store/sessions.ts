import type { SqlError } from "@effect/sql/SqlError"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type { SessionInfo } from "../../domain/Entities.ts"
import type { Timestamp } from "../../domain/Text.ts"
import type { Session } from "../../services/Session.ts"
import { goneAfter, renewalInterval, type SettingsValues } from "../../services/Settings.ts"
import type { Parameter } from "./Query.ts"
import { present, sessionColumns } from "./rows.ts"
import { perStore, type Sql } from "./Sql.ts"
import type { Store, Transaction } from "./Store.ts"
import { type Time, timestamp } from "./time.ts"

/** The session that makes a call. */
export interface CallerSession {
  readonly id: string
  /** Sessions without a sign of life since then are gone. */
  readonly goneBefore: (time: Time) => Timestamp
}

export const callerSession = (session: Session["Type"], settings: SettingsValues): CallerSession => ({
  id: session.id,
  // One that has just started or woken cannot tell whether others are gone or asleep, unless they have ended.
  goneBefore: (time) => (session.isWaking(time.millis) ? timestamp(0) : time.ago(goneAfter(settings)))
})

/** Whether a session lives; to be bound to `goneBefore`. @param session alias of the sessions' table */
const lives = (session: string): string => `${session}.ended_at IS NULL AND ${session}.last_seen_at > ?`

/**
 * Whether a session is the calling one, or gone: then the agent's name is enough. To be bound to `callerValues`.
 * @param session SQL of its id
 */
export const isCallers = (sql: Sql, session: string): string => `(${session} = ? OR NOT EXISTS (
  SELECT 1 FROM ${sql.agent_sessions} holding
  WHERE holding.id = ${session} AND ${lives("holding")}))`

/** Whether a session is known to have ended. @param session SQL of its id */
export const hasEnded = (sql: Sql, session: string): string =>
  `EXISTS (SELECT 1 FROM ${sql.agent_sessions} ended WHERE ended.id = ${session} AND ended.ended_at IS NOT NULL)`

export const callerValues = ({ goneBefore, id }: CallerSession, time: Time): readonly [string, string] => [
  id,
  goneBefore(time)
]

/** The live session, other than the calling one, through which a step is held. */
export const liveSession = perStore((sql) => {
  const other = `
    SELECT x.* FROM ${sql.steps} s JOIN ${sql.agent_sessions} x ON x.id = s.session_id
    WHERE s.id = ? AND x.id <> ? AND ${lives("x")}`
  return (tx: Transaction, step: number, session: CallerSession): Effect.Effect<SessionInfo | undefined, SqlError> =>
    Effect.flatMap(tx.now, (time) =>
      Effect.map(tx.first<object>(other, [step, ...callerValues(session, time)]), (row) =>
        row === undefined ? undefined : (present(row, sessionColumns) as SessionInfo)
      )
    )
})

const signature = perStore(
  (sql) => `
    INSERT INTO ${sql.agent_sessions} (id, client_name, client_version, host, pid, started_at, last_seen_at)
    VALUES (?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (id) DO UPDATE SET client_name = excluded.client_name, client_version = excluded.client_version,
      last_seen_at = excluded.last_seen_at`
)

/**
 * The store as a session writes to it: now and then a write records that the session is alive, in the same transaction. So a
 * session that writes nothing leaves nothing behind.
 */
export const inSession = (store: Store["Type"], session: Session["Type"], settings: SettingsValues): Store["Type"] => {
  const sign = signature(store.sql)
  const every = Duration.toMillis(renewalInterval(settings)) / 2

  const values = (time: Time): ReadonlyArray<Parameter> => {
    const { name = null, version = null } = session.client() ?? {}
    return [session.id, name, version, session.host, session.pid, timestamp(session.startedAt), time.at]
  }

  return {
    ...store,
    write: <A, E>(body: (tx: Transaction) => Effect.Effect<A, E>, restore?: Parameters<Store["Type"]["write"]>[1]) =>
      Effect.flatMap(Clock.currentTimeMillis, (at) => {
        const lastSeen = session.lastSeen()
        // A clock that was set back must not keep the session silent.
        if (lastSeen !== undefined && Math.abs(at - lastSeen) < every) return store.write(body, restore)
        const signed = (tx: Transaction): Effect.Effect<A, E | SqlError> =>
          Effect.flatMap(tx.now, (time) => Effect.zipRight(tx.all(sign, values(time)), body(tx)))
        return Effect.tap(store.write(signed, restore), () => Effect.sync(() => session.seen(at)))
      })
  } as Store["Type"]
}
