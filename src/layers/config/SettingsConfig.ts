import * as Config from "effect/Config"
import * as ConfigError from "effect/ConfigError"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as LogLevel from "effect/LogLevel"
import * as Option from "effect/Option"
import type { SettingsValues, Synchronous } from "../../services/Settings.ts"

/** Everything that the environment sets. See docs/architecture.md, "Settings". */
export interface Environment {
  readonly filename: string
  readonly synchronous: Synchronous
  readonly logLevel: LogLevel.LogLevel
  /** HQ_TOOLS: which tools the server offers. */
  readonly tools: "all" | "core"
  readonly settings: SettingsValues
}

/** A variable that is unset or empty has its default. */
const setting = <A>(name: string, fallback: string, expected: string, parse: (text: string) => Option.Option<A>) =>
  Config.string(name).pipe(
    Config.withDefault(""),
    Config.map((text) => (text.trim() === "" ? fallback : text.trim())),
    Config.mapOrFail((text) =>
      Either.fromOption(parse(text), () =>
        ConfigError.InvalidData([name], `${name}=${JSON.stringify(text)} must be ${expected}`)
      )
    )
  )

const parseDuration = (text: string): Option.Option<Duration.Duration> =>
  text === "0"
    ? Option.some(Duration.zero)
    : // Duration takes what is below zero for zero, which here would turn a thing off.
      Option.filter(Duration.decodeUnknown(text), () => !text.startsWith("-"))

const duration = (name: string, fallback: string) =>
  setting(name, fallback, `a duration such as "90 seconds" that is more than 0`, (text) =>
    Option.filter(parseDuration(text), (value) => Duration.greaterThan(value, Duration.zero))
  )

const durationOrOff = (name: string, fallback: string) =>
  setting(name, fallback, `a duration such as "90 seconds", or 0 to turn it off`, parseDuration)

const logLevels: ReadonlyMap<string, LogLevel.LogLevel> = new Map([
  ["trace", LogLevel.Trace],
  ["debug", LogLevel.Debug],
  ["info", LogLevel.Info],
  ["warning", LogLevel.Warning],
  ["warn", LogLevel.Warning],
  ["error", LogLevel.Error],
  ["fatal", LogLevel.Fatal],
  ["none", LogLevel.None]
])

const synchronous = (text: string): Option.Option<Synchronous> => {
  const level = text.toUpperCase()
  return level === "FULL" || level === "NORMAL" ? Option.some(level) : Option.none()
}

const tools = (text: string): Option.Option<Environment["tools"]> => {
  const which = text.toLowerCase()
  return which === "all" || which === "core" ? Option.some(which) : Option.none()
}

const config: Config.Config<Environment> = Config.all({
  filename: setting("AGENT_DB_PATH", "~/.claude/agent-coordination.db", "a path", Option.some),
  synchronous: setting("HQ_SYNCHRONOUS", "FULL", "FULL or NORMAL", synchronous),
  logLevel: setting("HQ_LOG_LEVEL", "info", `one of ${[...logLevels.keys()].join(", ")}`, (text) =>
    Option.fromNullable(logLevels.get(text.toLowerCase()))
  ),
  tools: setting("HQ_TOOLS", "all", "all or core", tools),
  settings: Config.all({
    staleAfter: duration("HQ_STALE_AFTER", "15 minutes"),
    sweepEvery: durationOrOff("HQ_SWEEP_EVERY", "60 seconds"),
    heartbeatEvery: durationOrOff("HQ_HEARTBEAT_EVERY", "30 seconds"),
    progressDeadline: duration("HQ_PROGRESS_DEADLINE", "2 hours"),
    disconnectGrace: duration("HQ_DISCONNECT_GRACE", "2 minutes"),
    maxAttempts: setting("HQ_MAX_ATTEMPTS", "3", "a whole number from 1 to 1000", (text) =>
      Option.filter(Option.some(Number(text)), (value) => Number.isInteger(value) && value >= 1 && value <= 1000)
    ),
    eventRetention: duration("HQ_EVENT_RETENTION", "30 days"),
    busyTimeout: duration("HQ_BUSY_TIMEOUT", "10 seconds")
  })
})

const messages = (error: ConfigError.ConfigError): ReadonlyArray<string> =>
  error._op === "And" || error._op === "Or" ? [...messages(error.left), ...messages(error.right)] : [error.message]

/** Reads the environment; fails with one sentence that names what is wrong with it. */
export const load: Effect.Effect<Environment, string> = Effect.mapError(config, (error) => messages(error).join("; "))
