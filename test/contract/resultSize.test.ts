import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { nameFault } from "../../src/domain/Names.ts"
import { limits } from "../../src/domain/Text.ts"
import * as Coordination from "../../src/layers/Coordination.ts"
import { toolbox } from "../../src/mcp/tools/toolbox.ts"
import { connectSession } from "../support/inProcess.ts"
import { unsaid } from "../support/said.ts"
import { tempDatabase } from "../support/temp.ts"
import { parts, store, type WorstPlan, worstPlan } from "../support/worstPlan.ts"

const largest = 20_000

/** Calls of every tool in an order in which they succeed, or are refused with the error that is named. */
const calls = ({ agent, name, path, paths, prose, project, text }: WorstPlan) => {
  // What is created may not hold a control character; a quotation mark takes the most bytes of what it may.
  const { name: fresh } = worstPlan('"')
  /** The error of a call that creates something by a name which an older hq has stored. */
  const known = nameFault(agent) === undefined ? "Conflict" : "InvalidInput"
  const other = { agent_id: fresh("other") }
  const again = { step_id: parts.again, ...other }
  const step = { step_num: 1, branch: "b", scope: "s" }
  const plan = { name: fresh("new"), base_commit: fresh("base") }
  const steps = Array.from({ length: 10_000 }, (_, index) => ({ ...step, step_num: index + 1 }))
  return [
    ["get_project", { name: project }],
    ["list_projects", {}],
    ["get_available_steps", {}],
    ["get_agent_work", { agent_id: agent }],
    ["detect_stale_work", {}],
    ["get_agent_events", {}],
    ["get_metrics", {}],
    ["get_metrics", { project }],
    ["get_metrics", { agent_id: name("tireless") }],
    ["explain_step", { project }],
    ["explain_step", { step_id: parts.last }],
    ["explain_step", { step_id: parts.clashing }],
    ["claim_step", { project, ...other, step_num: parts.last }, "DependencyUnmet"],
    ["claim_step", { project, ...other, step_num: parts.clashing }, "Conflict"],
    ["claim_step", { project, ...other, step_num: 61 }, "Conflict"],
    ["claim_step", { agent_id: agent, max_held: 100 }, known],
    ["claim_step", { project, ...other, scopes: [name(parts.clashing)] }],
    ["claim_step", { ...other, scopes: [name("none such")] }],
    ["claim_step", { project, ...other, scopes: [name("none such")] }],
    ["claim_step", { ...again, request_id: fresh("request") }],
    ["claim_step", { ...again, request_id: fresh("request") }],
    ["start_step", { ...again, worktree: path("mine") }],
    ["heartbeat", again],
    ["start_step", { step_id: parts.again, agent_id: agent, worktree: path("mine") }, "Conflict"],
    [
      "complete_step",
      { ...again, commit_hash: fresh("commit"), notes: prose, files_modified: paths(limits.files / limits.path) }
    ],
    ["complete_step", { ...again, commit_hash: fresh("another") }, "Conflict"],
    ["merge_step", { step_id: parts.again, merge_commit: fresh("merge"), ...other }],
    ["merge_step", { step_id: parts.again, merge_commit: fresh("another"), ...other }, "Conflict"],
    ["claim_step", { ...other, step_id: 9000 }],
    ["fail_step", { ...other, step_id: 9000, reason: prose }],
    ["recover_failed_step", { step_id: 9000 }],
    ["claim_step", { ...other, step_id: 9000 }],
    ["release_step", { ...other, step_id: 9000, reason: prose }],
    ["recover_step", { step_id: 61, force: true }],
    ["get_project", { name: name("nowhere") }, "NotFound"],
    ["create_project", { ...plan, steps: [step], name: project }, known],
    ["create_project", { ...plan, steps: [step] }],
    ["create_project", { steps: steps.slice(0, 1000).map((_) => ({ [path("unknown")]: 1 })) }, "InvalidInput"],
    ["create_project", { ...plan, steps: steps.map((_) => step) }, "InvalidInput"],
    [
      "create_project",
      { ...plan, steps: steps.map((_) => ({ ..._, depends_on: [(_.step_num % 10_000) + 1] })) },
      "InvalidInput"
    ],
    ["get_project", { name: text(limits.name * 400), [path("unknown")]: 1 }, "InvalidInput"],
    ["update_plan", { project, operations: [{ op: "cancel", step_num: 9000, dependents: "follow" }], ...other }],
    ["update_plan", { project, operations: steps.map((_) => ({ op: "add", ...step, step_num: 1 })) }, "InvalidInput"],
    ["update_plan", { project, operations: [{ op: "change", step_num: 61, priority: 1 }], ...other }],
    ["update_project", { name: project, new_name: fresh("renamed") }],
    ["delete_project", { name: fresh("renamed") }, "Conflict"],
    ["delete_project", { name: fresh("renamed"), force: true }]
  ] as ReadonlyArray<readonly [tool: string, input: object, error?: string]>
}

/** A server on a new file with the plan, spoken to line by line. */
const serving = (plan: WorstPlan) =>
  Effect.gen(function* () {
    const filename = tempDatabase()
    const coordination = yield* Layer.build(Coordination.layerSqlite({ filename }))
    store(filename, plan)
    const session = yield* Effect.provide(connectSession, coordination)
    return (tool: string, input: object) =>
      Effect.promise(async () => {
        const { result } = await session.ask("tools/call", { name: tool, arguments: input })
        return { bytes: Buffer.byteLength(session.lastLine()), result, structured: result?.structuredContent }
      })
  })

describe("in a plan of 10,000 steps with every text at its bound", () => {
  // The second takes thirteen bytes in a line.
  for (const unit of ["a", "\u0001"]) {
    it.scopedLive(
      `a result takes less than 20,000 bytes, texts of ${JSON.stringify(unit)}`,
      () =>
        Effect.gen(function* () {
          const plan = worstPlan(unit)
          const call = yield* serving(plan)
          for (const [tool, input, error] of calls(plan)) {
            const { bytes, result, structured } = yield* call(tool, input)
            assert.strictEqual(structured?.error?._tag, error, `${tool}: ${JSON.stringify(result)?.slice(0, 1000)}`)
            assert.isBelow(bytes, largest, tool)
            if (error === undefined) assert.deepStrictEqual(unsaid(result), [], tool)
          }
          const called = new Set(calls(plan).map(([tool]) => tool))
          const asLongAsItTakes = ["get_step"]
          assert.sameMembers(
            [...called, ...asLongAsItTakes],
            toolbox.map(({ name }) => name)
          )
        }),
      180_000
    )
  }

  it.scopedLive("a page goes on after the last one, and what it cuts is whole with a limit and in get_step", () =>
    Effect.gen(function* () {
      const plan = worstPlan("a")
      const call = yield* serving(plan)
      const lists = [
        ["get_project", { name: plan.project }, "steps"],
        ["list_projects", {}, "projects"],
        ["get_available_steps", {}, "steps"],
        ["get_agent_work", { agent_id: plan.agent }, "steps"],
        ["detect_stale_work", {}, "steps"],
        ["get_agent_events", {}, "events"]
      ] as const
      for (const [tool, input, list] of lists) {
        const found: Array<{ readonly id: number }> = []
        let next = {}
        for (let page = 0; page < 4; page++) {
          const { structured } = yield* call(tool, { ...input, ...next })
          found.push(...structured[list])
          next = { cursor: structured.next_cursor }
        }
        const { structured: whole } = yield* call(tool, { ...input, limit: found.length })
        assert.deepStrictEqual(
          found.map(({ id }) => id),
          whole[list].map(({ id }: { id: number }) => id)
        )
        assert.isAtLeast(found.length, 4 * 7, tool)
        if (tool !== "list_projects") assert.notDeepEqual(found, whole[list], tool)
      }
      const { structured: short } = yield* call("get_project", { name: plan.project })
      const { structured: whole } = yield* call("get_project", { name: plan.project, limit: 1 })
      const { structured: step } = yield* call("get_step", { step_id: 1 })
      assert.deepStrictEqual(step, whole.steps[0])
      assert.strictEqual(step.notes, plan.prose)
      assert.deepStrictEqual(step.files_modified, plan.paths(300))
      const [cut] = short.steps
      assert.match(cut.notes, /^a+…$/)
      assert.strictEqual(cut.files_modified.length + cut.files_modified_more, 300)
    })
  )

  it.scopedLive("a claim hands over the whole description, and of the rest what fits beside it", () =>
    Effect.gen(function* () {
      const plan = worstPlan("a")
      const call = yield* serving(plan)
      const claimed = (description: string) =>
        Effect.gen(function* () {
          yield* call("update_plan", {
            project: plan.project,
            operations: [{ op: "change", step_num: parts.again, description }]
          })
          const claim = yield* call("claim_step", { agent_id: plan.agent, step_id: parts.again })
          const { step } = claim.structured
          assert.strictEqual(step.description, description)
          assert.strictEqual(JSON.parse(claim.result.content[0].text).description, description)
          assert.isAtLeast(step.dependencies.length, 3)
          yield* call("release_step", { agent_id: plan.agent, step_id: parts.again })
          return claim.bytes
        })
      assert.isBelow(yield* claimed("d".repeat(5000)), largest)
      assert.isBelow(yield* claimed("d".repeat(limits.prose)), 2 * limits.prose + largest)
    })
  )

  it.scopedLive("a claim tells of its dependencies in equal parts, and of all earlier attempts", () =>
    Effect.gen(function* () {
      const plan = worstPlan("a")
      const call = yield* serving(plan)
      const { result, structured } = yield* call("claim_step", { agent_id: plan.agent, step_id: parts.again })
      const { step } = structured
      assert.deepStrictEqual(JSON.parse(result.content[0].text), step)
      assert.strictEqual(step.dependencies.length + step.dependencies_more, 60)
      assert.isAbove(step.dependencies.length, 7)
      for (const { branch, files_modified, files_modified_more, last_commit, notes } of step.dependencies) {
        for (const text of [branch, last_commit, notes, ...files_modified]) assert.match(text, /.{50}…$/)
        assert.isAbove(files_modified_more, 0)
      }
      const attempts = step.previous_attempts.map(({ attempt }: { attempt: number }) => attempt)
      assert.deepStrictEqual(attempts, [3, 4, 5, 6, 7, 8, 9, 10, 11, 12])
    })
  )
})
