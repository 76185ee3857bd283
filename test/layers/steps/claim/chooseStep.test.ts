import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as fc from "effect/FastCheck"
import type { StepDefinition } from "../../../../src/domain/Requests.ts"
import { hq, pages, plan } from "../../../support/hq.ts"
import { rows, writesNothing } from "../../../support/rows.ts"
import { storages, suite } from "../../../support/storages.ts"

type Facts = Partial<Pick<StepDefinition, "scope" | "priority" | "estimate_minutes" | "depends_on">>

/** A plan of steps numbered from 1. */
const planOf = (name: string, facts: ReadonlyArray<Facts>) => ({
  ...plan(name, {}),
  steps: facts.map((more, index) => ({ step_num: index + 1, branch: `step${index + 1}/work`, scope: "api", ...more }))
})

type Claim = Parameters<typeof hq.answer>[0]

/** Claims one step after another, as long as there are any: [project id, step number] of each. */
const claimAll = (request: Omit<Claim, "agent_id">) =>
  Effect.gen(function* () {
    const taken: Array<readonly [number, number]> = []
    for (;;) {
      const { step } = yield* hq.answer({ ...request, agent_id: "a" })
      if (step === null) return taken
      taken.push([step.project_id, step.step_num])
    }
  })

const inOrder = (request: Parameters<typeof hq.available>[0], limit = 2) =>
  Effect.map(
    pages(limit, (page) => hq.available({ ...request, ...page })),
    (found) => found.flatMap((page) => page.steps.map((step) => [step.project_id, step.step_num] as const))
  )

suite("claim order within a project", (test) => {
  const numbers = (name: string) => Effect.map(claimAll({ project: name }), (taken) => taken.map(([, num]) => num))

  test(
    "is by step priority, then the longest chain of dependents, then step number",
    Effect.gen(function* () {
      yield* hq.createProject(
        planOf("p", [{}, { priority: -1 }, {}, { depends_on: [3] }, { depends_on: [4] }, { priority: 2 }, {}])
      )
      assert.deepStrictEqual(yield* numbers("p"), [6, 3, 1, 7, 2])
    })
  )

  test(
    "weighs a chain by its estimates, a step without one as a minute",
    Effect.gen(function* () {
      yield* hq.createProject(
        planOf("p", [{}, { depends_on: [1] }, { depends_on: [2] }, { estimate_minutes: 2 }, { estimate_minutes: 4 }])
      )
      assert.deepStrictEqual(yield* numbers("p"), [5, 1, 4])
    })
  )

  test(
    "counts what has still to be done, not what a chain began with",
    Effect.gen(function* () {
      yield* hq.createProject(planOf("p", [{ estimate_minutes: 9 }, { depends_on: [1] }, { estimate_minutes: 2 }]))
      yield* hq.finish("a")
      assert.deepStrictEqual(yield* numbers("p"), [3, 2])
    })
  )
})

suite("scopes", (test) => {
  test(
    "are compared without case, also those of an older hq, in claim order over all their spellings",
    Effect.gen(function* () {
      yield* hq.createProject(
        planOf("p", [
          { scope: "API" },
          { scope: "api", priority: 1 },
          { scope: "ui" },
          { scope: "Ärger" },
          { scope: "apis" }
        ])
      )
      yield* hq.createProject({ ...planOf("q", [{ scope: "Api" }, { scope: "db" }]), priority: 1 })
      const request = { scopes: ["aPI", "api", "ÄRGER"] }
      const order: ReadonlyArray<readonly [number, number]> = [
        [2, 1],
        [1, 2],
        [1, 1],
        [1, 4]
      ]
      assert.deepStrictEqual(yield* inOrder({ scope: "API" }, 1), order.slice(0, 3))
      assert.deepStrictEqual(yield* claimAll(request), order)
      // Everything is held, which is no mistake in the scope.
      assert.strictEqual((yield* hq.answer({ ...request, agent_id: "b" })).reason, "all_claimed")
    })
  )
})

suite("claim order over all projects", (test) => {
  const any = Effect.suspend(() => claimAll({}))

  test(
    "is by project priority, then as within one; of equals the older project comes first",
    Effect.gen(function* () {
      yield* hq.createProject(planOf("p", [{}, {}, { depends_on: [2] }]))
      yield* hq.createProject(planOf("q", [{ priority: 1 }, {}, { estimate_minutes: 2 }]))
      yield* hq.createProject({ ...planOf("r", [{ priority: -5 }]), priority: 1 })
      const order = [
        [3, 1],
        [2, 1],
        [1, 2],
        [2, 3],
        [1, 1],
        [2, 2]
      ] as const
      for (const limit of [1, 2, 3, 5, 6, 7]) assert.deepStrictEqual<unknown>(yield* inOrder({}, limit), order)
      assert.deepStrictEqual<unknown>(yield* any, order)
    })
  )

  test(
    "passes over projects that are not active",
    Effect.gen(function* () {
      for (const [name, status] of [["p", "paused"], ["q", "aborted"], ["r"]] as const) {
        yield* hq.createProject(planOf(name, [{}]))
        if (status !== undefined) yield* hq.updateProject({ name: name, status })
      }
      assert.deepStrictEqual(yield* any, [[3, 1]])
    })
  )

  test(
    "goes on to the next project when a person aborts the first at the shell",
    Effect.gen(function* () {
      for (const name of ["p", "q"]) yield* hq.createProject(planOf(name, [{}]))
      yield* rows("UPDATE $projects SET status = 'aborted' WHERE name = 'p'")
      assert.deepStrictEqual(yield* any, [[2, 1]])
    })
  )

  test(
    "takes the step that is named by its id alone",
    Effect.gen(function* () {
      for (const name of ["p", "q"]) yield* hq.createProject(planOf(name, [{}, {}, { depends_on: [1] }]))
      const claim = (step_id: number) => hq.answer({ agent_id: "a", step_id: step_id as Claim["step_id"] & {} })
      assert.strictEqual((yield* claim(5)).step?.project_id, 2)
      for (const [id, tag, says] of [
        [5, "Conflict", "yours already"],
        [6, "DependencyUnmet", "step 1 (id 4) is not_started"],
        [99, "NotFound", "step with id 99"]
      ] as const) {
        const error = yield* claim(id).pipe(Effect.flip, writesNothing)
        assert.strictEqual(error._tag, tag)
        assert.include(error.message, says)
      }
      yield* hq.updateProject({ name: "q", status: "paused" })
      const error = yield* claim(4).pipe(Effect.flip, writesNothing)
      assert.include(error.message, 'Project "q" is paused')
    })
  )
})

suite("claims by scope", (test) => {
  const facts = [{ scope: "ui" }, { scope: "db" }, { scope: "ui", priority: 1 }, { scope: "api" }]

  test(
    "give steps of these scopes only, in the claim order",
    Effect.gen(function* () {
      for (const name of ["p", "q"]) yield* hq.createProject(planOf(name, facts))
      assert.deepStrictEqual(yield* claimAll({ project: "q", scopes: ["ui", "ui", "db", "x"] }), [
        [2, 3],
        [2, 1],
        [2, 2]
      ])
      assert.deepStrictEqual(yield* claimAll({ scopes: ["api", "ui"] }), [
        [1, 3],
        [1, 1],
        [1, 4],
        [2, 4]
      ])
    })
  )

  test(
    "are not for a step that is named anyway",
    Effect.gen(function* () {
      yield* hq.createProject(planOf("p", facts))
      const error = yield* hq
        .answer({ project: "p", agent_id: "a", step_num: 1, scopes: ["ui"] })
        .pipe(Effect.flip, writesNothing)
      assert.strictEqual(error._tag, "InvalidInput")
    })
  )

  for (const [reason, title, graph, before] of [
    ["no_such_scope", "there are no such steps", [{}], Effect.void],
    ["all_blocked", "they wait for a ready step of another scope", [{}, { scope: "ui", depends_on: [1] }], Effect.void],
    [
      "all_blocked",
      "they wait for a ready one, and another failed",
      [{}, { scope: "ui", depends_on: [1] }, { priority: 1 }],
      hq.failNext("b")
    ],
    ["all_blocked", "they wait for one that is held", [{}, { scope: "ui", depends_on: [1] }], hq.take("b")],
    ["failed_upstream", "they wait for one that failed", [{}, { scope: "ui", depends_on: [1] }], hq.failNext("b")],
    ["all_claimed", "they are held", [{ scope: "ui" }, {}], hq.take("b")],
    ["all_failed", "they failed", [{ scope: "ui" }, {}], hq.failNext("b")]
  ] as const) {
    test(
      `say ${reason} where ${title}, of one project and of all`,
      Effect.gen(function* () {
        yield* hq.createProject(planOf("p", graph))
        yield* before
        for (const where of [{ project: "p" }, {}]) {
          const answer = yield* hq.answer({ ...where, agent_id: "a", scopes: ["ui"] }).pipe(writesNothing)
          assert.strictEqual(answer.reason, reason)
        }
      })
    )
  }
})

/** Ready steps of a few projects, many of them equal in one respect or another. */
const someProjects = fc.array(
  fc.record({
    priority: fc.integer({ min: 0, max: 1 }),
    steps: fc.array(
      fc.record({
        priority: fc.integer({ min: -1, max: 1 }),
        estimate_minutes: fc.integer({ min: 1, max: 3 }),
        scope: fc.constantFrom("api", "ui", "db")
      }),
      { minLength: 1, maxLength: 8 }
    )
  }),
  { minLength: 1, maxLength: 4 }
)

for (const storage of storages) {
  describe(`claim order, ${storage.name}`, () => {
    it.effect.prop(
      "of any projects and scopes is what pages show, and what claims follow",
      [someProjects, fc.option(fc.constantFrom("api", "ui"), { nil: undefined }), fc.integer({ min: 1, max: 9 })],
      ([plans, scope, limit]) =>
        Effect.gen(function* () {
          for (const [index, { priority, steps }] of plans.entries()) {
            yield* hq.createProject({ ...planOf(`p${index}`, steps), priority })
          }
          const expected = plans
            .flatMap(({ priority, steps }, at) =>
              steps.map((step, num) => ({ at: at + 1, num: num + 1, of: priority, step }))
            )
            .filter(({ step }) => scope === undefined || step.scope === scope)
            .sort(
              (a, b) =>
                b.of - a.of ||
                b.step.priority - a.step.priority ||
                b.step.estimate_minutes - a.step.estimate_minutes ||
                a.at - b.at ||
                a.num - b.num
            )
            .map(({ at, num }) => [at, num] as const)
          const scoped = scope === undefined ? {} : { scope }
          assert.deepStrictEqual(yield* inOrder(scoped, limit), expected)
          for (const [index] of plans.entries()) {
            const own = expected.filter(([at]) => at === index + 1)
            assert.deepStrictEqual(yield* inOrder({ ...scoped, project: `p${index}` }, limit), own)
          }
          assert.deepStrictEqual(yield* claimAll(scope === undefined ? {} : { scopes: [scope] }), expected)
        }).pipe(Effect.provide(storage.layer())),
      { fastCheck: { numRuns: 30, interruptAfterTimeLimit: 40_000 } }
    )
  })
}
