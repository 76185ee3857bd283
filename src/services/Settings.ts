import * as Context from "effect/Context"
import * as Duration from "effect/Duration"

/** SQLite durability: FULL survives power loss, NORMAL is faster. */
export type Synchronous = "FULL" | "NORMAL"

export interface SettingsValues {
  /** HQ_STALE_AFTER: length of a lease. */
  readonly staleAfter: Duration.Duration
  /** HQ_SWEEP_EVERY: time between two sweeps; zero turns sweeping off. */
  readonly sweepEvery: Duration.Duration
  /** HQ_HEARTBEAT_EVERY: time between two renewals by the server process; zero turns them off. */
  readonly heartbeatEvery: Duration.Duration
  /** HQ_PROGRESS_DEADLINE: longest silence of an agent that renewals may cover. */
  readonly progressDeadline: Duration.Duration
  /** HQ_DISCONNECT_GRACE: lease left after the client goes away. */
  readonly disconnectGrace: Duration.Duration
  /** HQ_MAX_ATTEMPTS: lost attempts after which a step is failed. */
  readonly maxAttempts: number
  /** HQ_EVENT_RETENTION: age at which heartbeat events are pruned. */
  readonly eventRetention: Duration.Duration
  /** HQ_BUSY_TIMEOUT: longest wait for another process's write. */
  readonly busyTimeout: Duration.Duration
}

/** Settings of coordination, with the defaults of design section 5. A host that provides none gets those. */
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
