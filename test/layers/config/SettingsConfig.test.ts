import { assert, describe, it } from "@effect/vitest"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as LogLevel from "effect/LogLevel"
import { load } from "../../../src/layers/config/SettingsConfig.ts"
import { Settings } from "../../../src/services/Settings.ts"

const loadFrom = (variables: Readonly<Record<string, string>>) =>
  Effect.withConfigProvider(load, ConfigProvider.fromMap(new Map(Object.entries(variables))))

const durations = {
  HQ_STALE_AFTER: "staleAfter",
  HQ_SWEEP_EVERY: "sweepEvery",
  HQ_HEARTBEAT_EVERY: "heartbeatEvery",
  HQ_PROGRESS_DEADLINE: "progressDeadline",
  HQ_DISCONNECT_GRACE: "disconnectGrace",
  HQ_EVENT_RETENTION: "eventRetention",
  HQ_BUSY_TIMEOUT: "busyTimeout"
} as const
const everyDuration = Object.entries(durations)
const canBeOff = ["HQ_SWEEP_EVERY", "HQ_HEARTBEAT_EVERY"]
const unset = [
  ...Object.keys(durations),
  "HQ_MAX_ATTEMPTS",
  "HQ_SYNCHRONOUS",
  "HQ_LOG_LEVEL",
  "HQ_TOOLS",
  "AGENT_DB_PATH"
]

describe("settings from the environment", () => {
  for (const [title, variables] of [
    ["unset", {}],
    ["empty", Object.fromEntries(unset.map((name) => [name, ""]))],
    ["blank", Object.fromEntries(unset.map((name) => [name, "  "]))]
  ] as const) {
    it.effect(`are the defaults where variables are ${title}`, () =>
      Effect.gen(function* () {
        assert.deepStrictEqual(yield* loadFrom(variables), {
          filename: "~/.claude/agent-coordination.db",
          synchronous: "FULL",
          logLevel: LogLevel.Info,
          tools: "all",
          settings: Settings.defaultValue()
        })
      })
    )
  }

  it.effect("have the defaults of the design", () =>
    Effect.gen(function* () {
      const { settings } = yield* loadFrom({})
      const seconds = Object.values(durations).map((name) => Duration.toSeconds(settings[name]))
      assert.deepStrictEqual(seconds, [900, 60, 30, 7_200, 120, 2_592_000, 10])
      assert.strictEqual(settings.maxAttempts, 3)
    })
  )

  for (const [variable, name] of everyDuration) {
    it.effect(`${variable} is a duration`, () =>
      Effect.gen(function* () {
        for (const [text, ms] of [
          ["90 seconds", 90_000],
          [" 1 minute ", 60_000],
          ["500 millis", 500],
          ["1.5 hours", 5_400_000]
        ] as const) {
          const { settings } = yield* loadFrom({ [variable]: text })
          assert.strictEqual(Duration.toMillis(settings[name]), ms)
        }
      })
    )

    for (const text of ["soon", "90", "-5 seconds", "90 parsecs", "seconds", "1e3 seconds", "NaN", "{}", "null"]) {
      it.effect(`${variable}=${text} is refused by name`, () =>
        Effect.gen(function* () {
          const message = yield* Effect.flip(loadFrom({ [variable]: text }))
          assert.include(message, `${variable}="${text}" must be a duration such as "90 seconds"`)
          assert.notInclude(message, "\n")
        })
      )
    }

    for (const text of ["0", "0 seconds"]) {
      it.effect(`${variable}=${text} ${canBeOff.includes(variable) ? "turns it off" : "is refused"}`, () =>
        Effect.gen(function* () {
          const loaded = yield* Effect.either(loadFrom({ [variable]: text }))
          if (!canBeOff.includes(variable)) return assert.strictEqual(loaded._tag, "Left")
          assert.strictEqual(loaded._tag === "Right" && Duration.toMillis(loaded.right.settings[name]), 0)
        })
      )
    }
  }

  it.effect("HQ_MAX_ATTEMPTS is a whole number from 1 to 1000", () =>
    Effect.gen(function* () {
      for (const text of ["1", "3", " 7 ", "1000"]) {
        assert.strictEqual((yield* loadFrom({ HQ_MAX_ATTEMPTS: text })).settings.maxAttempts, Number(text))
      }
      for (const text of ["0", "-1", "1.5", "1001", "many", "NaN", "Infinity"]) {
        const message = yield* Effect.flip(loadFrom({ HQ_MAX_ATTEMPTS: text }))
        assert.strictEqual(message, `HQ_MAX_ATTEMPTS="${text}" must be a whole number from 1 to 1000`)
      }
    })
  )

  it.effect("HQ_SYNCHRONOUS is FULL or NORMAL, in any case", () =>
    Effect.gen(function* () {
      for (const text of ["FULL", "normal"]) {
        assert.strictEqual((yield* loadFrom({ HQ_SYNCHRONOUS: text })).synchronous, text.toUpperCase())
      }
      for (const text of ["OFF", "EXTRA", "2"]) {
        const message = yield* Effect.flip(loadFrom({ HQ_SYNCHRONOUS: text }))
        assert.strictEqual(message, `HQ_SYNCHRONOUS="${text}" must be FULL or NORMAL`)
      }
    })
  )

  it.effect("HQ_LOG_LEVEL is a level's name, in any case", () =>
    Effect.gen(function* () {
      for (const [text, level] of [
        ["debug", LogLevel.Debug],
        ["WARN", LogLevel.Warning],
        ["warning", LogLevel.Warning],
        ["none", LogLevel.None]
      ] as const) {
        assert.strictEqual((yield* loadFrom({ HQ_LOG_LEVEL: text })).logLevel, level)
      }
      for (const text of ["loud", "constructor", "1"]) {
        const message = yield* Effect.flip(loadFrom({ HQ_LOG_LEVEL: text }))
        assert.include(message, `HQ_LOG_LEVEL="${text}" must be one of trace, debug, info`)
      }
    })
  )

  it.effect("HQ_TOOLS is all or core, in any case", () =>
    Effect.gen(function* () {
      assert.strictEqual((yield* loadFrom({ HQ_TOOLS: "Core" })).tools, "core")
      assert.strictEqual((yield* loadFrom({ HQ_TOOLS: "all" })).tools, "all")
      const message = yield* Effect.flip(loadFrom({ HQ_TOOLS: "loop" }))
      assert.strictEqual(message, `HQ_TOOLS="loop" must be all or core`)
    })
  )

  it.effect("AGENT_DB_PATH is taken as it is", () =>
    Effect.gen(function* () {
      for (const text of ["/tmp/a b.db", "$" + "{HOME}/hq.db", "~/x", "hq.db"]) {
        assert.strictEqual((yield* loadFrom({ AGENT_DB_PATH: text })).filename, text)
      }
    })
  )

  it.effect("are refused with every fault in one line", () =>
    Effect.gen(function* () {
      const bad = Object.fromEntries(unset.filter((name) => name !== "AGENT_DB_PATH").map((name) => [name, "wrong"]))
      const message = yield* Effect.flip(loadFrom(bad))
      for (const name of Object.keys(bad)) {
        assert.strictEqual(message.split(`${name}="wrong"`).length, 2, name)
      }
      assert.strictEqual(message.split("; ").length, Object.keys(bad).length)
      assert.notInclude(message, "\n")
    })
  )
})
