import * as Effect from "effect/Effect"
import * as fc from "fast-check"
import type { Blocker } from "../../src/domain/Claim.ts"
import type { Coordination } from "../../src/layers/Coordination.ts"
import type { Model } from "./Model.ts"
import type { Play } from "./Move.ts"
import { type By, isLive, type Outcome, type Step } from "./State.ts"

export const minute = 60_000
export const agents = ["a", "b", "c"]
export const projects = ["p", "q", "r"]

export const oneOf = fc.constantFrom

/** Left out of the request as often as not. */
export const maybe = <A>(value: fc.Arbitrary<A>): fc.Arbitrary<A | undefined> =>
  fc.option(value, { nil: undefined, freq: 1 })

/** The fields that are not left out. */
export const given = (fields: object): object =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))

export const process = fc.nat({ max: 1 })

/** A step, mostly one that somebody holds, held or lost; now and then one that does not exist. */
interface Pick {
  readonly among: "held" | "lost" | "claimed before" | "all"
  readonly index: number
}

export const pick: fc.Arbitrary<Pick> = fc.record({
  among: oneOf("held", "held", "held", "held", "lost", "lost", "claimed before", "all"),
  index: fc.nat({ max: 40 })
})

const picked = {
  held: isLive,
  lost: ({ last }: Step) => last !== undefined,
  "claimed before": ({ attempt }: Step) => attempt > 0,
  all: () => false
}

/** Which step that is at present: choices are made late, so that a shortened run still means something. */
export const idOf = (model: Model, { among, index }: Pick): number => {
  const all = [...model.steps.values()]
  const some = all.filter(picked[among])
  return some.length > 0 ? (some[index % some.length] as Step).id : 1 + (index % (all.length + 1))
}

interface Who {
  readonly agent: string
  readonly attempt: "left out" | "right" | "before" | "after"
}

/** Who calls: the right one, a wrong one, or the request does not say. */
export const who: fc.Arbitrary<Who> = fc.record({
  agent: oneOf("left out", "left out", "holder", "holder", "holder", "holder", ...agents),
  attempt: oneOf("left out", "left out", "left out", "right", "right", "before", "after")
})

export const byOf = (model: Model, id: number, { agent, attempt }: Who): By => {
  const step = model.steps.get(id)
  const attempts = { right: 0, before: -1, after: 1 }
  return {
    ...(agent === "left out"
      ? {}
      : { agent_id: agent === "holder" ? (step?.agent ?? step?.last?.agent ?? "a") : agent }),
    ...(attempt === "left out" ? {} : { attempt: Math.max(1, (step?.attempt ?? 0) + attempts[attempt]) })
  }
}

/** The steps that an answer or an error names as those in the way. */
export const namedIn = (told: object): string =>
  "blocked_by" in told ? ` by ${(told.blocked_by as ReadonlyArray<Blocker>).map(({ step_id }) => step_id)}` : ""

/** A call of that process; its error's tag is an outcome as any other. */
export const calling = <A>(
  process: number,
  text: string,
  expected: Outcome,
  call: Effect.Effect<A, { readonly _tag: string }, Coordination>,
  told: (answer: A) => Outcome
): Play => ({
  text: `process ${process}: ${text}`,
  expected,
  actual: (real) =>
    real.run(process, Effect.match(call, { onFailure: (error) => `${error._tag}${namedIn(error)}`, onSuccess: told }))
})
