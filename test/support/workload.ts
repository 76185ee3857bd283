import type * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as TestClock from "effect/TestClock"
import type { Step } from "../../src/domain/Entities.ts"
import { AgentId, Attempt, EventId, ProjectName } from "../../src/domain/Ids.ts"
import type { PlanOperation, StepDefinition } from "../../src/domain/Requests.ts"
import { Analytics } from "../../src/services/Analytics.ts"
import { Changes } from "../../src/services/Changes.ts"
import { Completions } from "../../src/services/Completions.ts"
import { Leases } from "../../src/services/Leases.ts"
import { Overview } from "../../src/services/Overview.ts"
import { Projects } from "../../src/services/Projects.ts"
import { Recovery } from "../../src/services/Recovery.ts"
import { Steps } from "../../src/services/Steps.ts"
import { Transfer } from "../../src/services/Transfer.ts"

/** The service, whose methods say that they are called. */
const heard = <Service extends object>(service: Service, hear: (method: string) => void): Service =>
  Object.fromEntries(
    Object.entries(service).map(([method, member]) => [
      method,
      Effect.isEffect(member)
        ? Effect.suspend(() => {
            hear(method)
            return member
          })
        : (...given: ReadonlyArray<unknown>) => {
            hear(method)
            return (member as (...given: ReadonlyArray<unknown>) => unknown)(...given)
          }
    ])
  ) as Service

/** All services that use the store. @param hear gets the name of each service and method that is called */
export const servicesThat = (hear: (name: string) => void) =>
  Effect.gen(function* () {
    const named = <Self, Service extends object>(name: string, tag: Context.Tag<Self, Service>) =>
      Effect.map(tag, (service) => heard(service, (method) => hear(`${name}.${method}`)))
    return {
      projects: yield* named("projects", Projects),
      steps: yield* named("steps", Steps),
      recovery: yield* named("recovery", Recovery),
      analytics: yield* named("analytics", Analytics),
      overview: yield* named("overview", Overview),
      leases: yield* named("leases", Leases),
      completions: yield* named("completions", Completions),
      changes: yield* named("changes", Changes),
      transfer: yield* named("transfer", Transfer)
    }
  })

type Services = Effect.Effect.Success<ReturnType<typeof servicesThat>>

const agent_id = AgentId.make("a")
const other = AgentId.make("b")
const p = ProjectName.make("p")
const held = ProjectName.make("held")
const commit_hash = "c"

/** Steps of a plan, each given as its number and those that it depends on. */
const steps = (given: Record<number, ReadonlyArray<number>>, more: object = {}) =>
  Object.entries(given).map(([num, depends_on]) => ({
    ...{ step_num: Number(num), branch: `step${num}`, scope: "api", depends_on },
    ...more
  })) as ReadonlyArray<StepDefinition>

const plan = (name: string, given: ReadonlyArray<StepDefinition>, more: object = {}) => ({
  ...{ name: ProjectName.make(name), base_commit: "base", steps: given },
  ...more
})

/** Longer than a chain is followed in every way. */
const chain = Object.fromEntries(Array.from({ length: 300 }, (_, at) => [at + 1, at === 0 ? [] : [at]]))

/** Lets the services make every statement that they have. */
export const useAll = ({
  analytics,
  changes,
  completions,
  leases,
  overview,
  projects,
  recovery,
  steps: hq,
  transfer
}: Services) =>
  Effect.gen(function* () {
    const claim = (project: string, more: object = {}) =>
      Effect.map(hq.claim({ project: ProjectName.make(project), agent_id, ...more }), ({ step }) => step)
    const take = (project: string, more: object = {}) => Effect.map(claim(project, more), (step) => step as Step)
    const finish = (project: string, more: object = {}) =>
      Effect.gen(function* () {
        const { id: step_id } = yield* take(project, more)
        yield* hq.start({ step_id })
        return yield* hq.complete({ step_id, commit_hash, files_modified: ["src/a.ts", "/w/src/b.ts"] })
      })
    const fail = (project: string) =>
      Effect.flatMap(take(project), ({ id: step_id }) => hq.fail({ step_id, reason: "no disk" }))
    const edit = (...operations: ReadonlyArray<object>) =>
      projects.updatePlan({ project: p, operations: operations as ReadonlyArray<PlanOperation> })

    // Projects and their plans.
    yield* hq.claim({ agent_id })
    yield* Effect.scoped(changes.watch)
    yield* projects.create(plan("p", steps({ 1: [], 2: [1], 3: [1], 4: [2, 3], 5: [], 6: [5], 7: [6], 8: [] })))
    yield* Effect.flip(projects.create(plan("p", steps({ 1: [] }))))
    yield* edit({ op: "add", step_num: 9, branch: "9", scope: "ui", depends_on: [8], needed_by: [7] })
    yield* edit({ op: "change", step_num: 6, depends_on: [8], estimate_minutes: 5, priority: 1, description: "d" })
    yield* edit({ op: "split", step_num: 4, into: steps({ 10: [], 11: [10] }) }, { op: "cancel", step_num: 7 })
    yield* edit({ op: "cancel", step_num: 8, dependents: "follow" })
    yield* Effect.flip(edit({ op: "change", step_num: 1, depends_on: [3] }))
    yield* projects.update({ name: p, priority: 1, new_name: ProjectName.make("q") })
    yield* projects.update({ name: ProjectName.make("q"), new_name: p })
    yield* projects.get({ name: p })
    yield* projects.list({})
    yield* projects.list({ status: "active" })

    // Claims.
    const first = yield* take("p", { request_id: "r", max_held: 5 })
    yield* take("p", { request_id: "r", max_held: 5 })
    yield* Effect.flip(claim("p", { max_held: 1 }))
    yield* Effect.flip(claim("p", { step_num: 3 }))
    yield* Effect.flip(claim("p", { step_id: first.id, step_num: 1 }))
    yield* Effect.flip(hq.claim({ agent_id, step_id: first.id }))
    yield* hq.start({ step_id: first.id })
    yield* hq.heartbeat({ step_id: first.id })
    yield* Effect.flip(hq.heartbeat({ step_id: first.id, agent_id: other }))
    yield* hq.complete({ step_id: first.id, commit_hash, files_modified: ["src/a.ts", "/w/src/b.ts"] })
    const released = yield* take("p")
    yield* hq.release({ step_id: released.id })
    yield* hq.release({ step_id: released.id, agent_id, attempt: Attempt.make(1) })
    yield* hq.merge({ step_id: first.id, merge_commit: "m" })
    yield* Effect.flip(hq.merge({ step_id: released.id, merge_commit: "m" }))
    yield* hq.get({ step_id: first.id })
    yield* hq.available({})
    yield* hq.available({ project: p })
    yield* hq.available({ scope: "api" })
    yield* hq.available({ project: p, scope: "api" })
    yield* hq.heldBy({ agent_id })
    yield* hq.claim({ agent_id })
    yield* hq.claim({ agent_id, scopes: ["api"] })
    yield* hq.claim({ agent_id, scopes: ["none"] })

    // Files in use.
    const files = [...steps({ 1: [] }), ...steps({ 2: [1], 3: [], 4: [] }, { files: ["src/**"] })]
    yield* projects.create(plan("files", files))
    yield* finish("files", { step_num: 1 })
    yield* take("files", { step_num: 2 })
    yield* claim("files")
    const third = yield* finish("files", { step_num: 3, allow_overlap: true })
    const reopen = (step_num: number) =>
      projects.updatePlan({
        project: ProjectName.make("files"),
        operations: [{ op: "reopen", step_num, reason: "no test" } as PlanOperation]
      })
    yield* reopen(3)
    yield* reopen(3)
    yield* Effect.flip(reopen(1))
    yield* Effect.flip(hq.complete({ step_id: third.id, commit_hash }))

    yield* Effect.flip(projects.delete({ name: ProjectName.make("files") }))

    // Nothing to claim, and why.
    yield* projects.create(plan("unmerged", steps({ 1: [], 2: [1] }), { unblock_on: "merged" }))
    yield* finish("unmerged")
    yield* claim("unmerged")
    yield* projects.create(plan("failed", steps({ 1: [], 2: [1], 3: [2] })))
    const failed = yield* fail("failed")
    yield* claim("failed")
    yield* projects.get({ name: ProjectName.make("failed") })
    yield* projects.plan({ project: ProjectName.make("failed") })
    yield* projects.create(plan(held, steps({ 1: [] })))
    yield* take(held)
    yield* claim(held)
    yield* claim(held, { scopes: ["api"] })
    yield* projects.create(plan("chain", steps(chain)))
    const [start] = (yield* hq.available({ project: ProjectName.make("chain") })).steps
    yield* analytics.explainStep({ step_id: ((start as Step).id + 299) as Step["id"] })
    yield* analytics.explainStep({ step_id: (start as Step).id })
    yield* analytics.explainProject({ project: ProjectName.make("failed") })

    yield* projects.create(plan("free", steps({ 1: [], 2: [], 3: [], 4: [] })))

    // Calls that wait, and calls that are cancelled.
    yield* hq.claim({ project: held, agent_id, wait_seconds: 1 }, { until: Effect.void })
    const waiting = yield* Effect.fork(hq.claim({ project: held, agent_id: other, wait_seconds: 50 }))
    yield* TestClock.adjust("1 second")
    yield* take("free", { wait_seconds: 1 })
    yield* Fiber.interrupt(waiting)
    // Each is cancelled a little later: one of them when its claim is made already.
    for (let yields = 1; yields <= 20; yields++) {
      const claiming = yield* Effect.fork(Effect.withMaxOpsBeforeYield(claim("free"), 30))
      for (let passed = 0; passed < yields; passed++) yield* Effect.yieldNow()
      yield* Fiber.interrupt(claiming)
    }

    // Overviews of all that.
    yield* projects.create(plan("paused", steps({ 1: [] })))
    yield* projects.update({ name: ProjectName.make("paused"), status: "paused" })
    yield* overview.status({})
    yield* overview.status({ project: p })
    yield* overview.agents
    yield* overview.queue
    yield* overview.events({ limit: 10 })
    yield* overview.events({ limit: 10, project: p, agent_id, after: EventId.make(1) })
    yield* overview.overlaps({ project: ProjectName.make("files") })

    // Leases, and what becomes of those that end.
    yield* Effect.scoped(changes.watchWithDelay(() => Duration.zero))
    yield* TestClock.adjust("5 minutes")
    yield* leases.touch({ agent_id })
    yield* Effect.scoped(leases.keepAlive({ agent_id }))
    yield* leases.renew
    yield* leases.endSession
    yield* recovery.detectStale({})
    yield* Effect.flip(recovery.recover({ step_id: first.id }))
    const lost = yield* take("free")
    yield* recovery.recover({ step_id: lost.id, force: true })
    yield* hq.complete({ step_id: lost.id, commit_hash, agent_id, attempt: Attempt.make(lost.attempt) })
    yield* recovery.failed({ project: ProjectName.make("failed") })
    yield* recovery.recoverFailed({ step_id: failed.id })
    yield* recovery.release({ step_id: (yield* take("free")).id, force: true })
    for (let attempt = 1; attempt <= 3; attempt++) {
      yield* take("failed")
      yield* TestClock.adjust("3 hours")
      yield* recovery.sweep()
    }
    yield* TestClock.adjust("60 days")
    yield* recovery.sweep()

    // Reports.
    yield* analytics.metrics({})
    yield* analytics.metrics({ project: p })
    yield* analytics.metrics({ agent_id })
    yield* analytics.metrics({ agent_id, project: p })
    yield* analytics.events({})
    yield* analytics.events({ agent_id })
    yield* analytics.events({ project: p })
    yield* analytics.events({ agent_id, project: p })
    yield* completions.projects("p")
    yield* completions.steps("")
    yield* completions.steps("", "p")
    yield* completions.spelling("agent", " a ")
    yield* completions.spelling("project", " p ")
    yield* completions.projectSet
    yield* projects.delete({ name: ProjectName.make("files"), force: true })

    // An import wants an empty store; the test of Transfer checks the rest of its statements.
    const lines: Array<string> = []
    yield* transfer.export({ begin: () => {}, line: (text) => lines.push(text) })
    yield* Effect.flip(transfer.import(() => lines, "human:ann"))
  })
