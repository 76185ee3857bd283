import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import type { Step } from "../src/index.ts"
import type { Hq } from "./server.ts"

/** The state of one agent. Only its life and `kill` change it; the screen and the crash read it. */
export interface Agent {
  readonly name: string
  readonly death: Deferred.Deferred<void>
  hq?: Hq
  state: "starting" | "waiting" | "working" | "killed" | "finished"
  /** The step in progress, and when it will be done, in milliseconds since 1970. */
  work?: { readonly step: Step; readonly until: number } | undefined
  completed: number
}

export const make = (name: string): Effect.Effect<Agent> =>
  Effect.map(Deferred.make<void>(), (death) => ({ name, death, state: "starting", completed: 0 }))

/** Kills the agent's process, as a crash would, and ends its life. */
export const kill = (agent: Agent): Effect.Effect<void> =>
  Effect.suspend(() => {
    if (agent.hq !== undefined) process.kill(agent.hq.pid, "SIGKILL")
    agent.state = "killed"
    agent.work = undefined
    return Effect.asVoid(Deferred.succeed(agent.death, undefined))
  })
