import { assert, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as TestClock from "effect/TestClock"
import type { Step } from "../../../../src/domain/Entities.ts"
import { StepId } from "../../../../src/domain/Ids.ts"
import type { StepDefinition } from "../../../../src/domain/Requests.ts"
import { Completions } from "../../../../src/services/Completions.ts"
import { agent, plan, project, rows, type Storage } from "../../../support/coordination.ts"
import { add, defined, edit } from "../../../support/planEdits.ts"
import * as Recorded from "../../../support/recorded.ts"
import {
  analytics,
  claim,
  failNext,
  finish,
  projects,
  recovery,
  steps,
  take,
  takeAndStart
} from "../../../support/suite.ts"

/**
 * What grows with the plan or with time must be found by an index, in the order of that index. Running totals may be
 * read whole, and so may the plan that a call brought along, and the line of those who wait.
 */
const forbidden =
  /^SCAN (?!step_counts|agent_counts|claim_waiters|CONSTANT ROW|.*VIRTUAL TABLE)|TEMP B-TREE FOR .*ORDER BY|AUTOMATIC .*INDEX/

/** Sorts the dependencies or dependents of one step, or the steps at work on files: however long the plan is, these are few. */
const sortsFew = /WHERE (step_id|depends_on_step_id) = \? .*ORDER BY|INDEXED BY steps_live_files/

const p = { project: project("p") }
const name = { name: project("p") }
const page = { limit: 1 }
const id = (value: number) => ({ step_id: StepId.make(value) })

/** Longer than is followed in every way. */
const lengthOfChain = 300

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
  "update_plan, add": edit(add(41, { depends_on: [39, 1], needed_by: [40] }), add(42)),
  "update_plan, change": edit({ op: "change", step_num: 33, depends_on: [31], priority: 1, files: ["a"], scope: "ui" }),
  "update_plan, estimate": edit({ op: "change", step_num: 34, estimate_minutes: 5 }),
  "update_plan, cancel": edit({ op: "cancel", step_num: 39, dependents: "drop" }, { op: "cancel", step_num: 42 }),
  "update_plan, cancel and follow": edit({ op: "cancel", step_num: 37, dependents: "follow" }),
  "update_plan, split": edit({ op: "split", step_num: 35, into: [defined(43), defined(44, { depends_on: [43] })] }),
  "update_plan, cycle": Effect.flip(edit({ op: "change", step_num: 31, depends_on: [33] })),
  "update_plan, begun": Effect.flip(edit({ op: "change", step_num: 1, priority: 1 })),
  "update_plan, revision": Effect.flip(
    projects.updatePlan({ ...p, operations: [{ op: "cancel", step_num: 29 }], expected_revision: 1 })
  ),
  get_project: projects.get(name),
  "get_project, failed steps": projects.get({ name: project("failed") }),
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
  "claim_step, failed upstream": claim("failed", "a"),
  "claim_step, not merged": claim("unmerged", "a"),
  "claim_step of scopes, held": steps.claim({ project: project("held"), agent_id: agent("a"), scopes: ["api"] }),
  "claim_step of scopes, blocked": steps.claim({ project: project("scopes"), agent_id: agent("a"), scopes: ["ui"] }),
  "claim_step of any project, blocked": steps.claim({ agent_id: agent("a"), scopes: ["ui"] }),
  "claim_step of scopes, no work": steps.claim({ ...p, agent_id: agent("a"), scopes: ["ui"] }),
  "claim_step of any project, no work": steps.claim({ agent_id: agent("a"), scopes: ["db"] }),
  "claim_step by id": Effect.flatMap(nextOf("p"), ({ id }) => steps.claim({ agent_id: agent("a"), step_id: id })),
  "claim_step by number": Effect.flatMap(nextOf("p"), ({ step_num }) =>
    steps.claim({ ...p, agent_id: agent("a"), step_num })
  ),
  "claim_step of files": claim("apart", "a"),
  "claim_step, other files": claim("files", "a"),
  "claim_step of any project, other files": steps.claim({ agent_id: agent("a"), scopes: ["files"] }),
  "claim_step, all files in use": claim("files", "a"),
  "claim_step by number, files in use": Effect.flip(
    steps.claim({ project: project("files"), agent_id: agent("a"), step_num: 2 })
  ),
  "claim_step, allow_overlap": steps.claim({ project: project("files"), agent_id: agent("a"), allow_overlap: true }),
  "complete_step, overlaps": Effect.flatMap(steps.heldBy({ agent_id: agent("of files") }), ({ steps: [held] }) =>
    Effect.flatMap(steps.start({ step_id: (held as Step).id }), ({ id }) =>
      steps.complete({ step_id: id, commit_hash: "c" })
    )
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
  explain_step: analytics.explainStep(id(40)),
  "explain_step, a long chain": Effect.flatMap(
    rows<{ id: number }>(`SELECT id FROM steps WHERE step_num = ${lengthOfChain}`),
    ([last]) => analytics.explainStep(id(last?.id as number))
  ),
  "explain_step of a project": analytics.explainProject({ project: project("failed") }),
  "get_agent_events of an agent in a project": analytics.events({ ...p, agent_id: agent("a") }),
  "completion of held steps": Effect.flatMap(Completions, (_) => _.steps("")),
  "completion of a project's steps": Effect.flatMap(Completions, (_) => _.steps("", "p")),
  delete_project: projects.delete({ ...name, force: true })
}

/** The index that finds the rows of a list. */
const indexes: Readonly<Record<string, string>> = {
  get_project: "sqlite_autoindex_steps_1 (project_id=? AND step_num>?)",
  list_projects: "projects_listed (priority<?)",
  "list_projects by status": "projects_by_status (status=? AND priority<?)",
  claim_step: "steps_ready (project_id=?)",
  "get_project, failed steps": "steps_blocking (project_id=?)",
  "claim_step, failed upstream": "steps_blocking (project_id=?)",
  "claim_step, not merged": "steps_unmerged (project_id=?)",
  "claim_step of scopes, held": "steps_blocking (project_id=?)",
  "claim_step of any project, blocked": "steps_blocking (project_id=?)",
  explain_step: "e USING PRIMARY KEY (step_id=?)",
  "claim_step of any project": "steps_ready (project_id=? AND priority<?)",
  "claim_step of scopes":
    "steps_ready_scope (project_id=? AND scope=? AND priority=? AND tail_minutes=? AND step_num>?)",
  "claim_step, other files": "steps_live_files (project_id=?)",
  "complete_step, overlaps": "steps_unmerged (project_id=?)",
  "claim_step, max_held": "steps_held (agent_id=?)",
  get_available_steps: "steps_ready (project_id=? AND priority=? AND tail_minutes=? AND step_num>?)",
  "get_available_steps of a scope": "steps_ready_scope (project_id=? AND scope=? AND priority=? AND tail_minutes<?)",
  "get_available_steps of a project's scope": "steps_ready_scope (project_id=? AND scope=? AND priority<?)",
  "completion of held steps": "steps_held (agent_id>?)",
  detect_stale_work: "steps_silent (last_heartbeat>? AND last_heartbeat<?)",
  "get_agent_events of an agent": "events_agent (agent_id=? AND rowid<?)",
  "get_agent_events of a project": "events_project (project_id=? AND rowid<?)"
}

/** A plan at work, so that every list has a next page. */
const plansAtWork = Effect.gen(function* () {
  const many = Object.fromEntries(Array.from({ length: 40 }, (_, index) => [index + 1, index % 2 ? [index] : []]))
  for (const project of ["p", "q"]) yield* projects.create(plan(project, many))
  for (const name of ["files", "apart"]) {
    const declared = [["src/**"], ["src/a.ts"], ["docs"], ["tests"], ["src/b.ts"]]
    const steps = declared.map((files, index) => defined(index + 1, { scope: "files", files }))
    yield* projects.create({ name: project(name), base_commit: "abc123", steps })
  }
  yield* take("files", "of files")
  yield* projects.create(plan("done", { 1: [] }))
  yield* finish("done", "a")
  yield* projects.create(plan("failed", { 1: [], 2: [1], 3: [2] }))
  yield* failNext("failed", "a")
  yield* projects.create({ ...plan("unmerged", { 1: [], 2: [1] }), unblock_on: "merged" })
  yield* finish("unmerged", "a")
  yield* projects.create(plan("held", { 1: [] }))
  yield* take("held", "a")
  const [first, second] = plan("scopes", { 1: [], 2: [1] }).steps as readonly [StepDefinition, StepDefinition]
  yield* projects.create({ ...plan("scopes", {}), steps: [first, { ...second, scope: "ui" }] })
  const chain = Array.from({ length: lengthOfChain }, (_, index) => [index + 1, index === 0 ? [] : [index]] as const)
  yield* projects.create(plan("chain", Object.fromEntries(chain)))
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
            const { text } = statements[at] as Recorded.Statement
            const found = lines.filter((line) => !(sortsFew.test(text) && line.includes("TEMP B-TREE")))
            for (const line of found) assert.notMatch(line, forbidden, text)
          })
          const index = indexes[title.replace(", next page", "")]
          // Statistics of a small database may rightly prefer another index.
          if (index !== undefined && prepare === Effect.void) assert.include(plans.flat().join("\n"), index)
        })
      )
    }
  })
}
