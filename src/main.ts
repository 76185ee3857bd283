import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Coordination from "./layers/Coordination.ts"
import * as SettingsConfig from "./layers/config/SettingsConfig.ts"
import * as Renewer from "./layers/recovery/Renewer.ts"
import * as Sweeper from "./layers/recovery/Sweeper.ts"
import * as McpServer from "./mcp/server/McpServer.ts"
import * as StdioTransport from "./mcp/server/StdioTransport.ts"
import { Settings } from "./services/Settings.ts"

const server = Effect.gen(function* () {
  const environment = yield* SettingsConfig.load
  const coordination = Layer.mergeAll(Sweeper.layer, Renewer.layer).pipe(
    Layer.provideMerge(Coordination.layerSqlite({ ...environment, fromMainWorkTree: true })),
    Layer.provide(Layer.succeed(Settings, environment.settings))
  )
  yield* Effect.scoped(McpServer.serve(StdioTransport.make(process.stdin, process.stdout), environment.tools)).pipe(
    Effect.provide(coordination),
    Effect.provide(
      Layer.merge(
        Logger.replace(Logger.defaultLogger, Logger.withConsoleError(Logger.logfmtLogger)),
        Logger.minimumLogLevel(environment.logLevel)
      )
    )
  )
}).pipe(
  Effect.catchAll((error) =>
    Effect.sync(() => {
      const message = typeof error === "string" ? error : error.message
      // Paths from the environment may contain line breaks. The message must stay on one line.
      process.stderr.write(`hq: ${message.replace(/[\r\n]+/g, " ")}\n`)
      process.exitCode = 1
    })
  )
)

// Ignores further signals, because shutdown is bounded anyway.
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => {})
NodeRuntime.runMain(server, {
  disableErrorReporting: true,
  disablePrettyLogger: true,
  // A signal ends the server like the end of input: in order, with code 0. Unread output is not awaited.
  teardown: (exit) => {
    const isDefect = Exit.isFailure(exit) && !Cause.isInterruptedOnly(exit.cause)
    if (isDefect) process.stderr.write(`hq: internal error\n${Cause.pretty(exit.cause)}\n`)
    process.exit(isDefect ? 1 : process.exitCode)
  }
})
