import * as fc from "fast-check"
import { hq } from "../support/hq.ts"
import { agents, calling, given, idOf, maybe, namedIn, oneOf, pick, process, projects } from "./arguments.ts"
import { globs } from "./files.ts"
import { Move } from "./Move.ts"
import type { PlannedStep, ProjectChange } from "./Plans.ts"
import { described } from "./State.ts"

const unblockOn = oneOf("completed" as const, "merged" as const)

/** The steps of a plan get their ids in the order in which they are given. */
export const newProject = (name: string, plan: ReadonlyArray<PlannedStep>, more: Omit<ProjectChange, "status">): Move =>
  new Move((model) => {
    const text = `create ${name} ${JSON.stringify({ plan, ...more })}`
    const call = hq.createProject({ name, base_commit: "abc123", steps: plan, ...more })
    return calling(0, text, model.create(name, plan, more), call, () => "created")
  })

/** What a step is to be, beside its number and its place among others. */
export const facts = {
  scope: oneOf("api", "ui"),
  priority: maybe(fc.integer({ min: -1, max: 1 })),
  estimate_minutes: maybe(fc.integer({ min: 1, max: 4 })),
  files: maybe(fc.subarray([...globs], { minLength: 1, maxLength: 2 }))
}

// Bit j of step i: it waits for step j, where j comes earlier.
const planned = fc.record({ edges: fc.nat({ max: 63 }), ...facts })

export const create = fc
  .record({
    project: oneOf(...projects),
    steps: fc.array(planned, { minLength: 1, maxLength: 6 }),
    isBackwards: fc.boolean(),
    priority: maybe(fc.integer({ min: -1, max: 1 })),
    unblock_on: maybe(unblockOn)
  })
  .map(({ project, steps, isBackwards, ...more }) => {
    const num = (index: number) => (isBackwards ? steps.length - index : index + 1)
    const plan = steps.map(({ edges, scope, ...facts }, index): PlannedStep => {
      const depends_on = steps.flatMap((_, earlier) =>
        earlier < index && edges & (1 << earlier) ? [num(earlier)] : []
      )
      return { step_num: num(index), branch: "b", scope, depends_on, ...given(facts) }
    })
    return newProject(project, plan, given(more))
  })

export const claim = fc
  .record({
    process,
    agent_id: oneOf(...agents),
    project: oneOf(...projects, "p", "p", "p", "p", "", "", ""),
    named: oneOf("", "", "", "", "", "", "", "id", "number", "both"),
    pick,
    other: fc.nat({ max: 9 }),
    scopes: oneOf(undefined, undefined, undefined, undefined, undefined, undefined, ["ui"], ["ui", "api"], ["db"]),
    max_held: oneOf(undefined, undefined, undefined, undefined, undefined, 1, 2, 3),
    allow_overlap: oneOf(undefined, undefined, undefined, undefined, undefined, undefined, true, false),
    request_id: oneOf(undefined, undefined, undefined, "r1", "r2")
  })
  .map(
    ({ process, agent_id, project, named, pick, other, ...more }) =>
      new Move((model) => {
        const step_id = idOf(model, pick)
        // Mostly the number of that step, sometimes another's.
        const step_num = other > 6 ? other : (model.steps.get(step_id)?.num ?? other + 1)
        const request = {
          agent_id,
          ...(project === "" ? {} : { project }),
          ...(named === "id" || named === "both" ? { step_id } : {}),
          ...(named === "number" || named === "both" ? { step_num } : {}),
          ...given(more)
        }
        const text = `claim ${JSON.stringify(request)}`
        return calling(process, text, model.claim(process, request), hq.answer(request), (claim) => {
          const { reason, step } = claim
          return step === null ? `${reason}${reason === "files_in_use" ? namedIn(claim) : ""}` : described(step)
        })
      })
  )

export const merge = fc
  .record({
    process,
    index: fc.nat({ max: 40 }),
    merge_commit: oneOf("m1", "m1", "m2"),
    agent_id: maybe(oneOf(...agents))
  })
  .map(
    ({ process, index, merge_commit, agent_id }) =>
      new Move((model) => {
        const done = [...model.steps.values()].filter(({ status }) => status === "completed" || status === "merged")
        const step_id = done[index % (done.length + 1)]?.id ?? idOf(model, { among: "all", index })
        const request = { step_id, merge_commit, ...given({ agent_id }) }
        const expected = model.merge(process, step_id, merge_commit)
        return calling(process, `merge ${JSON.stringify(request)}`, expected, hq.merge(request), described)
      })
  )

export const updateProject = fc
  .record({
    process,
    name: oneOf(...projects),
    status: oneOf(
      undefined,
      "active" as const,
      "active" as const,
      "active" as const,
      "paused" as const,
      "aborted" as const
    ),
    priority: maybe(fc.integer({ min: -1, max: 1 })),
    unblock_on: maybe(unblockOn)
  })
  .map(
    ({ process, name, ...changes }) =>
      new Move((model) => {
        const change: ProjectChange = given(changes)
        const text = `update ${name} ${JSON.stringify(change)}`
        const call = hq.updateProject({ name, ...change })
        return calling(process, text, model.updateProject(name, change), call, (project) =>
          [project.status, project.priority, project.unblock_on].join(" ")
        )
      })
  )

export const deleteProject = fc.record({ process, name: oneOf(...projects), force: maybe(fc.boolean()) }).map(
  ({ process, name, force }) =>
    new Move((model) => {
      const request = { name, ...given({ force }) }
      const expected = model.deleteProject(name, force === true)
      return calling(process, `delete ${JSON.stringify(request)}`, expected, hq.deleteProject(request), (deleted) => {
        const { claims, dependencies, steps } = deleted
        return `${steps} steps, ${dependencies} dependencies, ${claims} claims`
      })
    })
)
