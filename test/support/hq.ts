import { assert } from "@effect/vitest"
import type * as Brand from "effect/Brand"
import type * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import { Step } from "../../src/domain/Entities.ts"
import { Analytics } from "../../src/services/Analytics.ts"
import { Leases } from "../../src/services/Leases.ts"
import { Overview } from "../../src/services/Overview.ts"
import { Projects } from "../../src/services/Projects.ts"
import { Recovery } from "../../src/services/Recovery.ts"
import { Session } from "../../src/services/Session.ts"
import { Steps } from "../../src/services/Steps.ts"

/** The same with plain strings and numbers for ids and names. */
export type Plain<A> =
  A extends Brand.Brand<infer _>
    ? Brand.Brand.Unbranded<A>
    : A extends object
      ? { readonly [K in keyof A]: Plain<A[K]> }
      : A

const verb =
  <Self, Service, A, More extends ReadonlyArray<unknown>, B, E>(
    tag: Context.Tag<Self, Service>,
    method: (service: Service) => (request: A, ...more: More) => Effect.Effect<B, E>
  ) =>
  (request: Plain<A>, ...more: More): Effect.Effect<Plain<B>, E, Self> =>
    Effect.flatMap(tag, (service) => method(service)(request as A, ...more)) as Effect.Effect<Plain<B>, E, Self>

/** A project of steps, each given as its number and those that it depends on. */
export const plan = (name: string, steps: Record<number, ReadonlyArray<number>>) => ({
  name,
  base_commit: "abc123",
  steps: Object.entries(steps).map(([num, depends_on]) => ({
    step_num: Number(num),
    branch: `step${num}/work`,
    scope: "api",
    depends_on
  }))
})

/** So many steps that wait for none, for `plan` and `hq.create`. */
export const free = (count: number): Record<number, ReadonlyArray<number>> =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [index + 1, []]))

const createProject = verb(Projects, (_) => _.create)
const answer = verb(Steps, (_) => _.claim)
const start = verb(Steps, (_) => _.start)
const complete = verb(Steps, (_) => _.complete)
const fail = verb(Steps, (_) => _.fail)

type ClaimOptions = Partial<Parameters<typeof answer>[0]>

/** The agent claims a step, of project p by default: the step, or null. */
const claim = (agent_id: string, more: ClaimOptions = {}) =>
  Effect.map(answer({ project: "p", agent_id, ...more }), ({ step }) => step)

/** The agent claims a step, which must be there: its row, without what a claim hands over besides. */
const take = (agent_id: string, more: ClaimOptions = {}) =>
  Effect.map(claim(agent_id, more), (step) => {
    assert.isNotNull(step)
    const { base_commit: _, dependencies: __, previous_attempts: ___, ...row } = step as NonNullable<typeof step>
    return new Step(row as Step) as Plain<Step>
  })

/** The agent takes and starts a step. */
const takeAndStart = (agent_id: string, more: ClaimOptions = {}) =>
  Effect.flatMap(take(agent_id, more), ({ id }) => start({ step_id: id, agent_id }))

/** What callers can do, as short as the tools are. */
export const hq = {
  create: (name: string, steps: Record<number, ReadonlyArray<number>>) => createProject(plan(name, steps)),
  createProject,
  getProject: verb(Projects, (_) => _.get),
  wholePlan: (project: string) => verb(Projects, (_) => _.plan)({ project }),
  listProjects: verb(Projects, (_) => _.list),
  updateProject: verb(Projects, (_) => _.update),
  updatePlan: verb(Projects, (_) => _.updatePlan),
  deleteProject: verb(Projects, (_) => _.delete),
  claim,
  answer,
  take,
  takeAndStart,
  /** The agent takes a step and completes it. */
  finish: (agent_id: string, more: ClaimOptions = {}) =>
    Effect.flatMap(takeAndStart(agent_id, more), ({ id }) =>
      complete({ step_id: id, agent_id, commit_hash: "def456" })
    ),
  /** The agent takes a step and fails it. */
  failNext: (agent_id: string, more: ClaimOptions = {}, reason = "no disk") =>
    Effect.flatMap(take(agent_id, more), ({ id }) => fail({ step_id: id, agent_id, reason })),
  start,
  heartbeat: verb(Steps, (_) => _.heartbeat),
  complete,
  fail,
  release: verb(Steps, (_) => _.release),
  merge: verb(Steps, (_) => _.merge),
  /** Id of this process's session. */
  session: Effect.map(Session, ({ id }) => id),
  get: (step_id: number) => verb(Steps, (_) => _.get)({ step_id }),
  available: verb(Steps, (_) => _.available),
  heldBy: verb(Steps, (_) => _.heldBy),
  detectStale: verb(Recovery, (_) => _.detectStale),
  recover: verb(Recovery, (_) => _.recover),
  releaseHeld: verb(Recovery, (_) => _.release),
  failed: (project: string) => verb(Recovery, (_) => _.failed)({ project }),
  recoverFailed: (step_id: number) => verb(Recovery, (_) => _.recoverFailed)({ step_id }),
  sweep: Effect.map(
    Effect.flatMap(Recovery, (_) => _.sweep()),
    ({ failed, recovered }) => ({ recovered, failed })
  ),
  metrics: verb(Analytics, (_) => _.metrics),
  events: verb(Analytics, (_) => _.events),
  explainStep: (step_id: number) => verb(Analytics, (_) => _.explainStep)({ step_id }),
  explainProject: (project: string) => verb(Analytics, (_) => _.explainProject)({ project }),
  status: verb(Overview, (_) => _.status),
  agents: Effect.flatMap(Overview, (_) => _.agents),
  queue: Effect.flatMap(Overview, (_) => _.queue),
  namedEvents: verb(Overview, (_) => _.events),
  overlaps: (project: string) => verb(Overview, (_) => _.overlaps)({ project }),
  touch: verb(Leases, (_) => _.touch),
  renew: Effect.flatMap(Leases, (_) => _.renew),
  endSession: Effect.flatMap(Leases, (_) => _.endSession)
}

/** The value as plain data, which assertions compare and print well. */
export const fields = (value: object | null): Record<string, unknown> => JSON.parse(JSON.stringify({ ...value }))

/** Why the call was refused, as plain data. */
export const refused = <A, E extends { readonly message: string }, R>(call: Effect.Effect<A, E, R>) =>
  Effect.map(Effect.flip(call), (error) => ({ ...fields(error), message: error.message }) as Record<string, unknown>)

/** Every page of a list, `limit` items each, or as many as fit. */
export const pages = <Page extends { readonly next_cursor?: string }, E, R>(
  limit: number | undefined,
  list: (page: { readonly limit?: number; readonly cursor?: string }) => Effect.Effect<Page, E, R>
): Effect.Effect<ReadonlyArray<Page>, E, R> =>
  Effect.gen(function* () {
    const size = limit === undefined ? {} : { limit }
    const found = [yield* list(size)]
    for (let cursor = found[0]?.next_cursor; cursor !== undefined; cursor = found.at(-1)?.next_cursor) {
      found.push(yield* list({ ...size, cursor }))
    }
    return found
  })
