import type { SqlClient } from "@effect/sql/SqlClient"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as ManagedRuntime from "effect/ManagedRuntime"
import * as TestClock from "effect/TestClock"
import { TestContext } from "effect/TestContext"
import { afterAll, assert, describe, it } from "vitest"
import type { Step } from "../../../../src/domain/Entities.ts"
import type { StepDefinition } from "../../../../src/domain/Requests.ts"
import type { Coordination } from "../../../../src/layers/Coordination.ts"
import { Completions } from "../../../../src/services/Completions.ts"
import { hq, plan } from "../../../support/hq.ts"
import { add, defined, edit } from "../../../support/planEdits.ts"
import * as Recorded from "../../../support/recorded.ts"
import { rows } from "../../../support/rows.ts"

/**
 * What grows with the plan or with time must be found by an index, in the order of that index. Running totals may be
 * read whole, and so may the plan that a call brought along, and the line of those who wait.
 */
const forbidden =
  /^SCAN (?!step_counts|agent_counts|claim_waiters|CONSTANT ROW|.*VIRTUAL TABLE)|TEMP B-TREE FOR .*ORDER BY|AUTOMATIC .*INDEX/

/** Sorts the dependencies or dependents of one step, or the steps at work on files: however long the plan is, these are few. */
const sortsFew = /WHERE (step_id|depends_on_step_id) = \? .*ORDER BY|INDEXED BY steps_live_files/

const p = { project: "p" }
const name = { name: "p" }
const page = { limit: 1 }
const id = (value: number) => ({ step_id: value })

/** Longer than is followed in every way. */
const lengthOfChain = 300

/** Reopens a step of project chain. */
const reopen = (step_num: number) =>
  hq.updatePlan({ project: "chain", operations: [{ op: "reopen", step_num, reason: "no test" }] })

type Call = Effect.Effect<unknown, unknown, Coordination | SqlClient>

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
  Effect.map(hq.available({ project: name, limit: 1 }), (found) => found.steps[0] as Step)

const calls: Readonly<Record<string, Call>> = {
  create_project: hq.create("new", { 1: [], 2: [1] }),
  "failed steps": hq.failed("p"),
  "release by another": Effect.flip(hq.releaseHeld({ step_id: 40 })),
  "create_project, name taken": Effect.flip(hq.create("p", { 1: [] })),
  "create_project, case of a name": Effect.flip(hq.create("P", { 1: [] })),
  "update_plan, add": edit(add(41, { depends_on: [39, 1], needed_by: [40] }), add(42)),
  "update_plan, change": edit({ op: "change", step_num: 33, depends_on: [31], priority: 1, files: ["a"], scope: "ui" }),
  "update_plan, estimate": edit({ op: "change", step_num: 34, estimate_minutes: 5 }),
  "update_plan, cancel": edit({ op: "cancel", step_num: 39, dependents: "drop" }, { op: "cancel", step_num: 42 }),
  "update_plan, cancel and follow": edit({ op: "cancel", step_num: 37, dependents: "follow" }),
  "update_plan, split": edit({ op: "split", step_num: 35, into: [defined(43), defined(44, { depends_on: [43] })] }),
  "update_plan, cycle": Effect.flip(edit({ op: "change", step_num: 31, depends_on: [33] })),
  "update_plan, begun": Effect.flip(edit({ op: "change", step_num: 1, priority: 1 })),
  "update_plan, revision": Effect.flip(
    hq.updatePlan({ ...p, operations: [{ op: "cancel", step_num: 29 }], expected_revision: 1 })
  ),
  "update_plan, reopen": Effect.flatMap(hq.finish("a", { project: "chain" }), ({ step_num }) => reopen(step_num)),
  "update_plan, reopen again": reopen(1),
  "claim_step, reopened": Effect.flatMap(hq.finish("a", { project: "chain" }), () =>
    hq.take("a", { project: "chain" })
  ),
  "update_plan, reopen refused": Effect.flip(reopen(1)),
  get_project: hq.getProject(name),
  "get_project, not found": Effect.flip(hq.getProject({ name: "pp" })),
  "get_project, failed steps": hq.getProject({ name: "failed" }),
  "get_project, next page": nextPage((page) => hq.getProject({ ...name, ...page })),
  list_projects: hq.listProjects({}),
  "list_projects, next page": nextPage(hq.listProjects),
  "list_projects by status": hq.listProjects({ status: "active" }),
  "list_projects by status, next page": nextPage((page) => hq.listProjects({ status: "active", ...page })),
  claim_step: hq.answer({ project: "p", agent_id: "a" }),
  "claim_step, no work": hq.answer({ project: "done", agent_id: "a" }),
  "claim_step of any project": hq.answer({ agent_id: "a" }),
  "claim_step of any project, scopes": hq.answer({ agent_id: "a", scopes: ["ui", "api"] }),
  "claim_step of scopes": hq.answer({ ...p, agent_id: "a", scopes: ["ui", "api"] }),
  "claim_step, failed upstream": hq.answer({ project: "failed", agent_id: "a" }),
  "claim_step, not merged": hq.answer({ project: "unmerged", agent_id: "a" }),
  "claim_step of scopes, held": hq.answer({ project: "held", agent_id: "a", scopes: ["api"] }),
  "claim_step of scopes, blocked": hq.answer({ project: "scopes", agent_id: "a", scopes: ["ui"] }),
  "claim_step of any project, blocked": hq.answer({ agent_id: "a", scopes: ["ui"] }),
  "claim_step of scopes, no work": hq.answer({ ...p, agent_id: "a", scopes: ["ui"] }),
  "claim_step of any project, no work": hq.answer({ agent_id: "a", scopes: ["db"] }),
  "claim_step by id": Effect.flatMap(nextOf("p"), ({ id }) => hq.answer({ agent_id: "a", step_id: id })),
  "claim_step by number": Effect.flatMap(nextOf("p"), ({ step_num }) => hq.answer({ ...p, agent_id: "a", step_num })),
  "claim_step of any project, no such scope": hq.answer({ agent_id: "a", scopes: ["none"] }),
  "claim_step of files": hq.answer({ project: "apart", agent_id: "a" }),
  "claim_step, other files": hq.answer({ project: "files", agent_id: "a" }),
  "claim_step of any project, other files": hq.answer({ agent_id: "a", scopes: ["files"] }),
  "claim_step, all files in use": hq.answer({ project: "files", agent_id: "a" }),
  "claim_step by number, files in use": Effect.flip(hq.answer({ project: "files", agent_id: "a", step_num: 2 })),
  "claim_step, allow_overlap": hq.answer({ project: "files", agent_id: "a", allow_overlap: true }),
  "complete_step, overlaps": Effect.flatMap(hq.heldBy({ agent_id: "of files" }), ({ steps: [held] }) =>
    Effect.flatMap(hq.start({ step_id: (held as Step).id, agent_id: "of files" }), ({ id }) =>
      hq.complete({ step_id: id, agent_id: "of files", commit_hash: "c" })
    )
  ),
  "claim_step, max_held": Effect.flip(hq.answer({ ...p, agent_id: "a", max_held: 1 })),
  "claim_step that waits": hq.answer({ project: "busy", agent_id: "a", wait_seconds: 1 }, { until: Effect.void }),
  "claim_step that could wait, after others": hq.answer({ ...p, agent_id: "a", wait_seconds: 1 }),
  start_step: Effect.flatMap(hq.take("a"), ({ id }) => hq.start({ step_id: id, agent_id: "a" })),
  heartbeat: Effect.flatMap(hq.take("a"), ({ id }) => hq.heartbeat({ step_id: id, agent_id: "a" })),
  "heartbeat, refused": Effect.flip(hq.heartbeat({ ...id(1), agent_id: "b" })),
  complete_step: hq.finish("a"),
  "complete_step, absolute paths": Effect.flatMap(hq.takeAndStart("a"), ({ id }) =>
    hq.complete({ step_id: id, agent_id: "a", commit_hash: "c", files_modified: ["/w/a.ts"] })
  ),
  fail_step: hq.failNext("a"),
  merge_step: Effect.flatMap(hq.finish("a"), ({ id }) => hq.merge({ step_id: id, merge_commit: "m" })),
  "merge_step, refused": Effect.flip(hq.merge({ ...id(40), merge_commit: "m" })),
  update_project: hq.updateProject({ ...name, new_name: "p", priority: 1, status: "active" }),
  "update_project, unblock_on": hq.updateProject({ ...name, unblock_on: "merged" }),
  "update_project, unblock_on again": hq.updateProject({ ...name, unblock_on: "completed" }),
  "update_project, name taken": Effect.flip(hq.updateProject({ ...name, new_name: "Q" })),
  "delete_project, refused": Effect.flip(hq.deleteProject(name)),
  get_step: hq.get(1),
  get_available_steps: hq.available({}),
  "get_available_steps, next page": nextPage(hq.available),
  "get_available_steps of a project": hq.available(p),
  "get_available_steps of a project, next page": nextPage((page) => hq.available({ ...p, ...page })),
  "get_available_steps of a scope": hq.available({ scope: "api" }),
  "get_available_steps of a project's scope": hq.available({ ...p, scope: "api" }),
  detect_stale_work: hq.detectStale({}),
  "detect_stale_work, next page": nextPage((page) => hq.detectStale({ timeout_minutes: 0.5, ...page })),
  recover_step: Effect.flatMap(hq.take("a"), ({ id }) => hq.recover({ step_id: id, force: true })),
  recover_failed_step: Effect.flatMap(hq.failNext("a"), ({ id }) => hq.recoverFailed(id)),
  get_metrics: hq.metrics({}),
  "get_metrics of a project": hq.metrics(p),
  "get_metrics of an agent": hq.metrics({ agent_id: "a" }),
  "get_metrics of an agent in a project": hq.metrics({ ...p, agent_id: "a" }),
  get_agent_events: hq.events({}),
  "get_agent_events, next page": nextPage(hq.events),
  "get_agent_events of an agent": hq.events({ agent_id: "a" }),
  "get_agent_events of an agent, next page": nextPage((page) => hq.events({ agent_id: "a", ...page })),
  "get_agent_events of a project": hq.events(p),
  explain_step: hq.explainStep(40),
  "explain_step, a long chain": Effect.flatMap(
    rows<{ id: number }>(`SELECT id FROM steps WHERE step_num = ${lengthOfChain}`),
    ([last]) => hq.explainStep(last?.id as number)
  ),
  "explain_step of a project": hq.explainProject("failed"),
  "get_agent_events of an agent in a project": hq.events({ ...p, agent_id: "a" }),
  "spelling of an agent": Effect.flatMap(Completions, (_) => _.spelling("agent", " a ")),
  "spelling of a project": Effect.flatMap(Completions, (_) => _.spelling("project", " p ")),
  "completion of held steps": Effect.flatMap(Completions, (_) => _.steps("")),
  "completion of a project's steps": Effect.flatMap(Completions, (_) => _.steps("", "p")),
  "status of all projects": hq.status({}),
  "status of a project": hq.status({ project: "failed" }),
  "status of a project that merges": hq.status({ project: "unmerged" }),
  agents: hq.agents,
  queue: hq.queue,
  "named events": hq.namedEvents({ limit: 10 }),
  "named events of a project": hq.namedEvents({ limit: 10, project: "p" }),
  "named events of an agent, later ones": hq.namedEvents({ limit: 10, agent_id: "a", after: 1 }),
  overlaps: hq.overlaps("files"),
  delete_project: hq.deleteProject({ ...name, force: true })
}

/** The index that finds the rows of a list. */
const indexes: Readonly<Record<string, string>> = {
  get_project: "sqlite_autoindex_steps_1 (project_id=? AND step_num>?)",
  "get_project, not found": "projects_caseless (name>?)",
  "create_project, case of a name": "projects_caseless (name=?)",
  "update_plan, add": "steps_branch (project_id=? AND branch=?)",
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
  "status of all projects": "steps_blocking (project_id=?)",
  "status of a project": "steps_ready (project_id=?)",
  "status of a project that merges": "steps_unmerged (project_id=?)",
  agents: "steps_held (agent_id>?)",
  "named events of a project": "events_project (project_id=? AND rowid>?)",
  overlaps: "steps_live_files (project_id=?)",
  detect_stale_work: "steps_silent (last_heartbeat>? AND last_heartbeat<?)",
  "get_agent_events of an agent": "events_agent (agent_id=? AND rowid<?)",
  "get_agent_events of a project": "events_project (project_id=? AND rowid<?)"
}

/** A plan at work, so that every list has a next page. */
const plansAtWork = Effect.gen(function* () {
  const many = Object.fromEntries(Array.from({ length: 40 }, (_, index) => [index + 1, index % 2 ? [index] : []]))
  for (const project of ["p", "q"]) yield* hq.create(project, many)
  for (const name of ["files", "apart"]) {
    const declared = [["src/**"], ["src/a.ts"], ["docs"], ["tests"], ["src/b.ts"]]
    const steps = declared.map((files, index) => defined(index + 1, { scope: "files", files }))
    yield* hq.createProject({ name: name, base_commit: "abc123", steps })
  }
  yield* hq.take("of files", { project: "files" })
  yield* hq.create("done", { 1: [] })
  yield* hq.finish("a", { project: "done" })
  yield* hq.create("failed", { 1: [], 2: [1], 3: [2] })
  yield* hq.failNext("a", { project: "failed" })
  yield* hq.createProject({ ...plan("unmerged", { 1: [], 2: [1] }), unblock_on: "merged" })
  yield* hq.finish("a", { project: "unmerged" })
  yield* hq.create("held", { 1: [] })
  yield* hq.take("a", { project: "held" })
  const [first, second] = plan("scopes", { 1: [], 2: [1] }).steps as [StepDefinition, StepDefinition]
  yield* hq.createProject({ ...plan("scopes", {}), steps: [first, { ...second, scope: "ui" }] })
  const chain = Array.from({ length: lengthOfChain }, (_, index) => [index + 1, index === 0 ? [] : [index]] as const)
  yield* hq.create("chain", Object.fromEntries(chain))
  yield* hq.create("busy", { 1: [] })
  yield* hq.take("a", { project: "busy" })
  yield* rows("INSERT INTO claim_waiters (agent_id, since, expires_at) VALUES ('a', '1970', '2030')")
  yield* hq.takeAndStart("a")
  yield* hq.take("b")
  yield* TestClock.adjust("1 minute")
})

for (const [when, prepare] of [
  ["as they are", Effect.void],
  ["after a person ran ANALYZE", rows("ANALYZE")]
] as const) {
  // Not `layer` of @effect/vitest: it changes `it` for every later file of the process.
  const prepared = Layer.effectDiscard(Effect.zipRight(plansAtWork, prepare)).pipe(Layer.provideMerge(Recorded.layer))
  describe(`query plans, ${when}`, () => {
    const database = ManagedRuntime.make(Layer.provideMerge(prepared, TestContext))
    afterAll(() => database.dispose())

    for (const [title, call] of Object.entries(calls)) {
      it(`${title} scans no table and sorts no list`, () =>
        database.runPromise(
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
        ))
    }
  })
}
