import * as NodeContext from "@effect/platform-node/NodeContext"
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as Effect from "effect/Effect"
import * as Console from "./console.ts"
import { run } from "./run.ts"

/*
 * The entry of the command line. A pipe whose reader is gone ends the command without a word, as with other tools.
 */

process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error
  process.exit()
})

NodeRuntime.runMain(
  Effect.flatMap(run(process.argv.slice(2), Console.ofProcess), (code) =>
    Effect.sync(() => {
      process.exitCode = code
    })
  ).pipe(Effect.provide(NodeContext.layer)),
  { disableErrorReporting: true, disablePrettyLogger: true, teardown: (_, end) => end(Number(process.exitCode ?? 0)) }
)
