import assert from "node:assert/strict"
import * as Effect from "effect/Effect"
import type { StepId } from "../src/domain/Ids.ts"
import { Projects } from "../src/services/Projects.ts"
import { Steps } from "../src/services/Steps.ts"
import type { Move, Step } from "./simulation.ts"
import { agent, type Hq, project } from "./world.ts"

/** Replays the moves of a simulation on hq. Fails if any claim returns another step than in the simulation, or none. */
export const replay = (hq: Hq, name: string, plan: ReadonlyArray<Step>, moves: ReadonlyArray<Move>): Promise<void> =>
  hq.runPromise(
    Effect.gen(function* () {
      const projects = yield* Projects
      const steps = yield* Steps
      yield* projects.create({
        name: project(name),
        base_commit: "abc123",
        steps: plan.map(({ num, minutes: _, ...step }) => ({
          ...step,
          step_num: num,
          branch: `step${num}/work`,
          scope: "any"
        }))
      })
      const ids = new Map<number, StepId>()
      for (const [at, move] of moves.entries()) {
        const agent_id = agent(`${name}: ${move.agent}`)
        if (move.does === "complete") {
          yield* steps.complete({ step_id: ids.get(move.step.num) as StepId, agent_id, commit_hash: "def456" })
          continue
        }
        const { step } = yield* steps.claim({ project: project(name), agent_id })
        const [claimed, expected] = [step?.step_num ?? "none", move.step?.num ?? "none"]
        assert(claimed === expected, `${name}, move ${at + 1}: hq returns step ${claimed}, the simulation ${expected}`)
        if (step === null) continue
        ids.set(step.step_num, step.id)
        yield* steps.start({ step_id: step.id, agent_id })
      }
    })
  )
