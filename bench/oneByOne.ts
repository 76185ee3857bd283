import type * as Effect from "effect/Effect"
import { StepId } from "../src/domain/Ids.ts"
import type { Synchronous } from "../src/services/Settings.ts"
import { Steps } from "../src/services/Steps.ts"
import { newFile } from "./disk.ts"
import { floor } from "./floor.ts"
import { interleaved, summary, timed } from "./measure.ts"
import type { Figure, Target } from "./results.ts"
import { agent, fileWith, open, plan, project, timedIn } from "./world.ts"

const calls = 300
const rounds = 7

const claimTarget: Readonly<Record<Synchronous, Target>> = { NORMAL: { atMost: 2 }, FULL: { atMost: 1.3 } }

const measured = async (synchronous: Synchronous): Promise<ReadonlyArray<Figure>> => {
  const plans = [plan("p", calls * (rounds + 1))]
  const hq = open(await fileWith(newFile(), plans), synchronous)
  const raw = floor(await fileWith(newFile(), plans), synchronous)
  const steps = await hq.runPromise(Steps)
  const id = (round: number, index: number) => round * calls + index + 1
  const by = (round: number, index: number) => `a${id(round, index)}`
  const step = (round: number, index: number) => ({
    step_id: StepId.make(id(round, index)),
    agent_id: agent(by(round, index))
  })
  const onHq = async (call: (index: number) => Effect.Effect<unknown, unknown>) =>
    summary(await timedIn(hq, calls, call))
  const onFloor = async (call: (index: number) => unknown) => summary(await timed(calls, call))
  const results = await interleaved(rounds, {
    "floor claim": (round) => onFloor((index) => raw.claim("p", by(round, index))),
    "hq claim": (round) => onHq((index) => steps.claim({ project: project("p"), agent_id: agent(by(round, index)) })),
    "floor heartbeat": (round) => onFloor((index) => raw.heartbeat(id(round, index), by(round, index))),
    "hq heartbeat": (round) => onHq((index) => steps.heartbeat(step(round, index))),
    "floor start": (round) => onFloor((index) => raw.start(id(round, index), by(round, index))),
    "hq start": (round) => onHq((index) => steps.start(step(round, index))),
    "floor complete": (round) => onFloor((index) => raw.complete(id(round, index), by(round, index))),
    "hq complete": (round) => onHq((index) => steps.complete({ ...step(round, index), commit_hash: "def456" }))
  })
  raw.close()
  await hq.dispose()
  return (["claim", "heartbeat", "complete"] as const).map((what) => {
    const [ours, theirs] = [results[`hq ${what}`], results[`floor ${what}`]]
    return {
      what: `one ${what}, ${synchronous}`,
      unit: "µs",
      hq: ours.median,
      against: ["floor", theirs.median],
      ...(what === "claim" ? { target: claimTarget[synchronous] } : {}),
      details: { p99: ours.p99, floor_p99: theirs.p99 }
    }
  })
}

/** (a) Claims, heartbeats and completions in a row, in process: hq and the floor. */
export const oneByOne = async (): Promise<ReadonlyArray<Figure>> => [
  ...(await measured("NORMAL")),
  ...(await measured("FULL"))
]
