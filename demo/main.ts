/*
 * Twelve agents, each with its own hq process, complete a plan of 40 steps. One of them is killed in the middle of a step.
 * Run `npm run demo`, or `npm run demo -- 7` for other working times. Exits with 0 only if every step was completed exactly once.
 */

import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Random from "effect/Random"
import * as Agent from "./agent.ts"
import { crash } from "./crash.ts"
import { live } from "./life.ts"
import { names, plan, project } from "./plan.ts"
import * as Screen from "./screen.ts"
import { connect } from "./server.ts"
import { summarize } from "./summary.ts"

const seed = process.argv[2] ?? "1"
const timeout = "55 seconds"

const temporaryFolder = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "hq-demo-"))),
  (folder) => Effect.sync(() => rmSync(folder, { recursive: true, force: true }))
)

const demo = Effect.gen(function* () {
  process.stdout.write(`${project}: ${plan.steps.length} steps, ${names.length} agents, seed ${seed}\n\n`)
  const db = join(yield* temporaryFolder, "hq.db")
  const since = yield* Clock.currentTimeMillis
  const operator = yield* connect("operator", db)
  yield* operator.call("create_project", plan)

  const agents = yield* Effect.forEach(names, Agent.make)
  const crashed = yield* Effect.gen(function* () {
    const screen = yield* Screen.make(agents, plan.steps.length, since)
    const lives = Effect.forEach(
      agents,
      (agent) => live(agent, db, screen).pipe(Effect.withRandom(Random.make(`${seed} ${agent.name}`))),
      { concurrency: "unbounded", discard: true }
    )
    return (yield* Effect.all([crash(agents, operator, screen), lives], { concurrency: "unbounded" }))[0]
  }).pipe(Effect.scoped)

  const seconds = ((yield* Clock.currentTimeMillis) - since) / 1000
  const { isGood, lines } = yield* summarize(operator, crashed, seconds)
  process.stdout.write(`\n${lines.join("\n")}\n\n${isGood ? "Every step was completed exactly once." : "FAILED"}\n`)
  return isGood
}).pipe(
  Effect.scoped,
  Effect.timeoutFail({ duration: timeout, onTimeout: () => new Error(`not done within ${timeout}`) })
)

NodeRuntime.runMain(demo, {
  disableErrorReporting: true,
  teardown: (exit, onExit) => {
    if (Exit.isSuccess(exit)) return onExit(exit.value ? 0 : 1)
    // After Ctrl-C the scope has already ended every process and removed the folder.
    if (Cause.isInterruptedOnly(exit.cause)) return onExit(130)
    process.stderr.write(`${Cause.pretty(exit.cause)}\n`)
    onExit(1)
  }
})
