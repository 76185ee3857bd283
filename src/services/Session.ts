import * as Context from "effect/Context"

/** What a client says of itself. */
export interface ClientInfo {
  readonly name: string
  readonly version?: string | undefined
}

/**
 * One connected client: a server process on stdio, or an app that embeds hq. Claims are made through a session; while it
 * lives, no other session can write to them by the agent's name alone. Times are milliseconds since 1970. See
 * docs/architecture.md, "Sessions".
 */
export class Session extends Context.Tag("hq/Session")<
  Session,
  {
    /** Unique over all processes and machines. */
    readonly id: string
    readonly host: string
    readonly pid: number
    readonly startedAt: number
    /** Says who the client is; to be called before it makes its first call. */
    readonly introduce: (client: ClientInfo) => void
    readonly client: () => ClientInfo | undefined
    /** To be called once a renewal interval: late ticks show that this process stood still, or the clock was set. */
    readonly tick: (at: number) => void
    /** Whether this process has just started or woken: others may be asleep, so that their silence says nothing. */
    readonly isWaking: (at: number) => boolean
    /** Records that the store has this session's sign of life of that time. */
    readonly seen: (at: number) => void
    /** Time of the latest sign of life that the store has; undefined if the session has written nothing yet. */
    readonly lastSeen: () => number | undefined
  }
>() {}
