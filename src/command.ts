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
import { version } from "./domain/version.ts"
import * as Coordination from "./layers/Coordination.ts"
import * as SettingsConfig from "./layers/config/SettingsConfig.ts"
import * as Renewer from "./layers/recovery/Renewer.ts"
import * as Sweeper from "./layers/recovery/Sweeper.ts"
import * as SqliteFile from "./layers/store/sqlite/SqliteFile.ts"
import * as WorkerLayer from "./layers/worker/Worker.ts"
import type { Coordination as CoordinationServices } from "./services/Coordination.ts"
import { Session } from "./services/Session.ts"
import { Settings } from "./services/Settings.ts"
import { Worker } from "./services/Worker.ts"

/* The program of the command line. */

/** The worker with the loops that a server has. They run while it works, because other commands end before the first sweep. */
const worker = Layer.effect(
  Worker,
  Effect.gen(function* () {
    const services = yield* Effect.context<CoordinationServices>()
    const session = yield* Session
    const worker = yield* Worker
    const loops = Layer.provide(Layer.mergeAll(Sweeper.layer, Renewer.layer), Layer.succeedContext(services))
    return Worker.of({
      ...worker,
      work: (options, command) => {
        session.introduce({ name: "hq work", version })
        return Effect.scoped(Effect.zipRight(Layer.build(loops), worker.work(options, command)))
      }
    })
  })
).pipe(Layer.provide(WorkerLayer.layer))

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
              Logger.replace(
                Logger.defaultLogger,
                Logger.map(Logger.logfmtLogger, (line) => Console.ofProcess.writeError(`${line}\n`))
              ),
              Logger.minimumLogLevel(environment.logLevel)
            )
          )
        )
    })
  )

const opening = {
  store: fromEnvironment((environment) =>
    worker.pipe(
      Layer.provideMerge(Coordination.layerSqlite({ ...environment, fromMainWorkTree: true })),
      Layer.provide(NodeContext.layer)
    )
  ),
  file: fromEnvironment((environment) => SqliteFile.layer({ ...environment, fromMainWorkTree: true }))
}

// Nobody reads any more what happens, which is no reason to leave the steps of hq work held.
process.stderr.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error
})

// A pipe whose reader is gone ends the command without a word, as with other tools; as SIGTERM does, so that it leaves all in order.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error
  process.exitCode ??= exitCode.ok
  if (!process.emit("SIGTERM", "SIGTERM")) process.exit()
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
    // An interrupted command has not set its exit code.
    teardown: (exit, end) =>
      end(Number(process.exitCode ?? (Exit.isSuccess(exit) ? exitCode.ok : exitCode.interrupted)))
  }
)
