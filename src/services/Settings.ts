import * as Context from "effect/Context"
import * as Duration from "effect/Duration"

/** Durability of SQLite: FULL survives a power loss, NORMAL is faster. */
export type Synchronous = "FULL" | "NORMAL"

export interface SettingsValues {
  /** HQ_STALE_AFTER: length of a lease. */
  readonly staleAfter: Duration.Duration
  /** HQ_SWEEP_EVERY: interval between sweeps. Zero disables them. */
  readonly sweepEvery: Duration.Duration
  /** HQ_HEARTBEAT_EVERY: interval at which the server renews leases. Zero disables renewals. */
  readonly heartbeatEvery: Duration.Duration
  /** HQ_PROGRESS_DEADLINE: renewals stop after this time without a call of the agent. */
  readonly progressDeadline: Duration.Duration
  /** HQ_DISCONNECT_GRACE: remaining lease after the client disconnects. */
  readonly disconnectGrace: Duration.Duration
  /** HQ_MAX_ATTEMPTS: number of lost attempts after which a step fails. */
  readonly maxAttempts: number
  /** HQ_EVENT_RETENTION: age at which heartbeat events and ended request_ids are pruned. */
  readonly eventRetention: Duration.Duration
  /** HQ_BUSY_TIMEOUT: maximum wait for another process's write. */
  readonly busyTimeout: Duration.Duration
}

/** Interval at which leases are renewed, or could be: a lease shorter than three renewals would end between two of them. */
export const renewalInterval = ({ heartbeatEvery, staleAfter }: SettingsValues): Duration.Duration => {
  const third = Duration.times(staleAfter, 1 / 3)
  return Duration.equals(heartbeatEvery, Duration.zero) ? third : Duration.min(heartbeatEvery, third)
}

/** A session that has been silent for longer than this is gone. */
export const goneAfter = (settings: SettingsValues): Duration.Duration => Duration.times(renewalInterval(settings), 3)

/** Settings with their defaults. A host overrides them by providing this tag. See docs/architecture.md, "Settings". */
export class Settings extends Context.Reference<Settings>()("hq/Settings", {
  defaultValue: (): SettingsValues => ({
    staleAfter: Duration.minutes(15),
    sweepEvery: Duration.seconds(60),
    heartbeatEvery: Duration.seconds(30),
    progressDeadline: Duration.hours(2),
    disconnectGrace: Duration.minutes(2),
    maxAttempts: 3,
    eventRetention: Duration.days(30),
    busyTimeout: Duration.seconds(10)
  })
}) {}
