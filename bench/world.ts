import * as Effect from "effect/Effect"
import * as ManagedRuntime from "effect/ManagedRuntime"
import { AgentId, ProjectName } from "../src/domain/Ids.ts"
import type { CreateProject } from "../src/domain/Requests.ts"
import * as Coordination from "../src/layers/Coordination.ts"
import { Projects } from "../src/services/Projects.ts"
import type { Synchronous } from "../src/services/Settings.ts"
import { micros } from "./measure.ts"

/** Opens hq on a file, in this process. */
export const open = (filename: string, synchronous: Synchronous) =>
  ManagedRuntime.make(Coordination.layerSqlite({ filename, synchronous }))
export type Hq = ReturnType<typeof open>

export const agent = (name: string | number): AgentId => AgentId.make(String(name))
export const project = (name: string): ProjectName => ProjectName.make(name)

/** Makes a plan. @param count number of steps @param depends_on returns the dependencies of a step number */
export const plan = (
  name: string,
  count: number,
  depends_on: (num: number) => ReadonlyArray<number> = () => []
): CreateProject => ({
  name: project(name),
  base_commit: "abc123",
  steps: Array.from({ length: count }, (_, index) => ({
    step_num: index + 1,
    branch: `step${index + 1}/work`,
    scope: ["api", "ui", "db"][index % 3] as string,
    depends_on: depends_on(index + 1)
  }))
})

/** Stores plans through hq. */
export const store = (hq: Hq, plans: ReadonlyArray<CreateProject>): Promise<void> =>
  hq.runPromise(Effect.flatMap(Projects, (projects) => Effect.forEach(plans, projects.create, { discard: true })))

/** Makes a file with these plans, or adds them to it, and closes it. */
export const fileWith = async (filename: string, plans: ReadonlyArray<CreateProject>): Promise<string> => {
  const hq = open(filename, "NORMAL")
  await store(hq, plans)
  await hq.dispose()
  return filename
}

/** Makes calls in a row, all in one Effect as an app does, and returns the time of each in microseconds. */
export const timedIn = async (
  hq: Hq,
  count: number,
  call: (index: number) => Effect.Effect<unknown, unknown>
): Promise<ReadonlyArray<number>> => {
  const times: Array<number> = []
  const one = (index: number) => {
    const since = micros()
    return Effect.map(call(index), () => times.push(micros() - since))
  }
  await hq.runPromise(
    Effect.forEach(
      Array.from({ length: count }, (_, index) => index),
      one,
      { discard: true }
    )
  )
  return times
}
