import { assert, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as TestClock from "effect/TestClock"
import type { Step } from "../../src/domain/Entities.ts"
import { StepId } from "../../src/domain/Ids.ts"
import { agent, plan, project, rows, type Storage } from "../support/coordination.ts"
import * as Recorded from "../support/recorded.ts"
import { analytics, claim, failNext, finish, projects, recovery, steps, take, takeAndStart } from "../support/suite.ts"

/**
 * What grows with the plan or with time must be found by an index, in the order of that index. Running totals may be
 * read whole, and so may the plan that a call brought along, and the line of those who wait.
 */
const forbidden =
  /^SCAN (?!step_counts|agent_counts|claim_waiters|CONSTANT ROW|.*VIRTUAL TABLE)|TEMP B-TREE FOR .*ORDER BY/

const p = { project: project("p") }
const name = { name: project("p") }
const page = { limit: 1 }
const id = (value: number) => ({ step_id: StepId.make(value) })

type Call = Effect.Effect<unknown, unknown, Storage>

/** The next page of a list that has more than one. */
const nextPage = <E, R>(
  list: (page: {
    readonly limit: number
    readonly cursor?: string
  }) => Effect.Effect<{ readonly next_cursor?: string }, E, R>
) =>
  Effect.flatMap(list(page), ({ next_cursor }) => {
    assert.isString(next_cursor)
    return list({ limit: 1, cursor: next_cursor as string })
  })

const nextOf = (name: string) =>
  Effect.map(steps.available({ project: project(name), limit: 1 }), (found) => found.steps[0] as Step)

const calls: Readonly<Record<string, Call>> = {
  create_project: projects.create(plan("new", { 1: [], 2: [1] })),
  "create_project, name taken": Effect.flip(projects.create(plan("p", { 1: [] }))),
  get_project: projects.get(name),
  "get_project, next page": nextPage((page) => projects.get({ ...name, ...page })),
  list_projects: projects.list({}),
  "list_projects, next page": nextPage(projects.list),
  "list_projects by status": projects.list({ status: "active" }),
  "list_projects by status, next page": nextPage((page) => projects.list({ status: "active", ...page })),
  claim_step: claim("p", "a"),
  "claim_step, no work": claim("done", "a"),
  "claim_step of any project": steps.claim({ agent_id: agent("a") }),
  "claim_step of any project, scopes": steps.claim({ agent_id: agent("a"), scopes: ["ui", "api"] }),
  "claim_step of scopes": steps.claim({ ...p, agent_id: agent("a"), scopes: ["ui", "api"] }),
  "claim_step of scopes, no work": steps.claim({ ...p, agent_id: agent("a"), scopes: ["ui"] }),
  "claim_step of any project, no work": steps.claim({ agent_id: agent("a"), scopes: ["ui"] }),
  "claim_step by id": Effect.flatMap(nextOf("p"), ({ id }) => steps.claim({ agent_id: agent("a"), step_id: id })),
  "claim_step by number": Effect.flatMap(nextOf("p"), ({ step_num }) =>
    steps.claim({ ...p, agent_id: agent("a"), step_num })
  ),
  "claim_step, max_held": Effect.flip(steps.claim({ ...p, agent_id: agent("a"), max_held: 1 })),
  "claim_step that waits": steps.claim(
    { project: project("busy"), agent_id: agent("a"), wait_seconds: 1 },
    { until: Effect.void }
  ),
  "claim_step that could wait, after others": steps.claim({ ...p, agent_id: agent("a"), wait_seconds: 1 }),
  start_step: Effect.flatMap(take("p", "a"), ({ id }) => steps.start({ step_id: id })),
  heartbeat: Effect.flatMap(take("p", "a"), ({ id }) => steps.heartbeat({ step_id: id })),
  "heartbeat, refused": Effect.flip(steps.heartbeat({ ...id(1), agent_id: agent("b") })),
  complete_step: finish("p", "a"),
  fail_step: failNext("p", "a"),
  merge_step: Effect.flatMap(finish("p", "a"), ({ id }) => steps.merge({ step_id: id, merge_commit: "m" })),
  "merge_step, refused": Effect.flip(steps.merge({ ...id(40), merge_commit: "m" })),
  update_project: projects.update({ ...name, new_name: project("p"), priority: 1, status: "active" }),
  "update_project, unblock_on": projects.update({ ...name, unblock_on: "merged" }),
  "update_project, unblock_on again": projects.update({ ...name, unblock_on: "completed" }),
  "delete_project, refused": Effect.flip(projects.delete(name)),
  get_step: steps.get(id(1)),
  get_available_steps: steps.available({}),
  "get_available_steps, next page": nextPage(steps.available),
  "get_available_steps of a project": steps.available(p),
  "get_available_steps of a project, next page": nextPage((page) => steps.available({ ...p, ...page })),
  "get_available_steps of a scope": steps.available({ scope: "api" }),
  "get_available_steps of a project's scope": steps.available({ ...p, scope: "api" }),
  detect_stale_work: recovery.detectStale({}),
  "detect_stale_work, next page": nextPage((page) => recovery.detectStale({ timeout_minutes: 0.5, ...page })),
  recover_step: Effect.flatMap(take("p", "a"), ({ id }) => recovery.recover({ step_id: id, force: true })),
  recover_failed_step: Effect.flatMap(failNext("p", "a"), ({ id }) => recovery.recoverFailed({ step_id: id })),
  get_metrics: analytics.metrics({}),
  "get_metrics of a project": analytics.metrics(p),
  "get_metrics of an agent": analytics.metrics({ agent_id: agent("a") }),
  "get_metrics of an agent in a project": analytics.metrics({ ...p, agent_id: agent("a") }),
  get_agent_events: analytics.events({}),
  "get_agent_events, next page": nextPage(analytics.events),
  "get_agent_events of an agent": analytics.events({ agent_id: agent("a") }),
  "get_agent_events of an agent, next page": nextPage((page) => analytics.events({ agent_id: agent("a"), ...page })),
  "get_agent_events of a project": analytics.events(p),
  "get_agent_events of an agent in a project": analytics.events({ ...p, agent_id: agent("a") }),
  delete_project: projects.delete({ ...name, force: true })
}

/** The index that finds the rows of a list. */
const indexes: Readonly<Record<string, string>> = {
  get_project: "sqlite_autoindex_steps_1 (project_id=? AND step_num>?)",
  list_projects: "projects_listed (priority<?)",
  "list_projects by status": "projects_by_status (status=? AND priority<?)",
  claim_step: "steps_ready (project_id=?)",
  "claim_step of any project": "steps_ready (project_id=? AND priority<?)",
  "claim_step of scopes":
    "steps_ready_scope (project_id=? AND scope=? AND priority=? AND tail_minutes=? AND step_num>?)",
  "claim_step, max_held": "steps_held (agent_id=?)",
  get_available_steps: "steps_ready (project_id=? AND priority=? AND tail_minutes=? AND step_num>?)",
  "get_available_steps of a scope": "steps_ready_scope (project_id=? AND scope=? AND priority=? AND tail_minutes<?)",
  "get_available_steps of a project's scope": "steps_ready_scope (project_id=? AND scope=? AND priority<?)",
  detect_stale_work: "steps_silent (last_heartbeat>? AND last_heartbeat<?)",
  "get_agent_events of an agent": "events_agent (agent_id=? AND rowid<?)",
  "get_agent_events of a project": "events_project (project_id=? AND rowid<?)"
}

/** A plan at work, so that every list has a next page. */
const plansAtWork = Effect.gen(function* () {
  const many = Object.fromEntries(Array.from({ length: 40 }, (_, index) => [index + 1, index % 2 ? [index] : []]))
  for (const project of ["p", "q"]) yield* projects.create(plan(project, many))
  yield* projects.create(plan("done", { 1: [] }))
  yield* finish("done", "a")
  yield* projects.create(plan("busy", { 1: [] }))
  yield* take("busy", "a")
  yield* rows(`INSERT INTO claim_waiters (agent_id, since, expires_at) VALUES ('a', '1970', '2030')`)
  yield* takeAndStart("p", "a")
  yield* take("p", "b")
  yield* TestClock.adjust("1 minute")
})

for (const [when, prepare] of [
  ["as they are", Effect.void],
  ["after a person ran ANALYZE", rows("ANALYZE")]
] as const) {
  const database = Layer.effectDiscard(Effect.zipRight(plansAtWork, prepare)).pipe(Layer.provideMerge(Recorded.layer))
  layer(database)(`query plans, ${when}`, (it) => {
    for (const [title, call] of Object.entries(calls)) {
      it.effect(`${title} scans no table and sorts no list`, () =>
        Effect.gen(function* () {
          const statements = yield* Recorded.statementsOf(call)
          assert.isNotEmpty(statements)
          const plans = yield* Effect.forEach(statements, Recorded.planOf)
          plans.forEach((lines, at) => {
            for (const line of lines) assert.notMatch(line, forbidden, statements[at]?.text)
          })
          const index = indexes[title.replace(", next page", "")]
          // Statistics of a small database may rightly prefer another index.
          if (index !== undefined && prepare === Effect.void) assert.include(plans.flat().join("\n"), index)
        })
      )
    }
  })
}
