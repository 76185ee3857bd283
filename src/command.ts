import * as NodeContext from "@effect/platform-node/NodeContext"
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import { exitCode } from "./cli/base/exitCode.ts"
import { CommandFailure } from "./cli/base/failures.ts"
import * as Console from "./cli/console.ts"
import { run } from "./cli/run.ts"
import * as Coordination from "./layers/Coordination.ts"
import * as SettingsConfig from "./layers/config/SettingsConfig.ts"
import * as SqliteFile from "./layers/store/sqlite/SqliteFile.ts"
import { Settings } from "./services/Settings.ts"

/* The program of the command line. */

/** A layer that is made of the environment, when the command first asks for it. */
const fromEnvironment = <A, E>(layer: (environment: SettingsConfig.Environment) => Layer.Layer<A, E>) =>
  Layer.unwrapEffect(
    Effect.mapBoth(SettingsConfig.load, {
      onFailure: (reason) => new CommandFailure({ reason: `${reason}.`, advice: "Correct the environment." }),
      onSuccess: (environment) =>
        layer(environment).pipe(
          Layer.provide(Layer.succeed(Settings, environment.settings)),
          Layer.provide(
            Layer.merge(
              Logger.replace(Logger.defaultLogger, Logger.withConsoleError(Logger.logfmtLogger)),
              Logger.minimumLogLevel(environment.logLevel)
            )
          )
        )
    })
  )

const opening = {
  store: fromEnvironment((environment) => Coordination.layerSqlite({ ...environment, fromMainWorkTree: true })),
  file: fromEnvironment((environment) => SqliteFile.layer({ ...environment, fromMainWorkTree: true }))
}

// A pipe whose reader is gone ends the command without a word, as with other tools.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error
  process.exit()
})

NodeRuntime.runMain(
  Effect.flatMap(run(process.argv.slice(2), Console.ofProcess, opening), (code) =>
    Effect.sync(() => {
      process.exitCode = code
    })
  ).pipe(Effect.provide(NodeContext.layer)),
  {
    disableErrorReporting: true,
    disablePrettyLogger: true,
    // A signal ends a command as it ends other tools: without a word.
    teardown: (exit, end) => end(Exit.isInterrupted(exit) ? exitCode.interrupted : Number(process.exitCode ?? 0))
  }
)
