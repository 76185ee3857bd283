import { assert, describe, it } from "@effect/vitest"
import * as Either from "effect/Either"
import * as Schema from "effect/Schema"
import type { Fault } from "../../../src/domain/Errors.ts"
import * as Requests from "../../../src/domain/Requests.ts"
import { decoder } from "../../../src/mcp/schema/Input.ts"
import { cpuTime } from "../../support/cpuTime.ts"

const decoded = <A, I>(schema: Schema.Schema<A, I>, input: unknown): A => Either.getOrThrow(decoder(schema)(input))

const faultsOf = <A, I>(schema: Schema.Schema<A, I>, input: unknown): ReadonlyArray<Fault> =>
  Either.match(decoder(schema)(input), {
    onLeft: (error) => error.faults,
    onRight: () => assert.fail(`${JSON.stringify(input)} was taken`)
  })

const step = { step_num: 1, branch: "b", scope: "api", depends_on: [2] }
const plan = { name: "p", base_commit: "abc", steps: [step] }

describe("what agents mean is taken", () => {
  it.each([
    ["a number", Requests.OneStep, { step_id: 5 }, { step_id: 5 }],
    ["a number as a string", Requests.OneStep, { step_id: "5" }, { step_id: 5 }],
    ["a number as a string with spaces", Requests.OneStep, { step_id: " 5\n" }, { step_id: 5 }],
    ["a fraction as a string", Requests.StaleWork, { timeout_minutes: "0.5" }, { timeout_minutes: 0.5 }],
    ["all arguments as a string", Requests.OneStep, '{"step_id":"5"}', { step_id: 5 }],
    ["a list as a string", Requests.CreateProject, { ...plan, steps: [{ ...step, depends_on: "[2]" }] }, plan],
    [
      "numbers as strings in a list",
      Requests.CreateProject,
      { ...plan, steps: [{ ...step, depends_on: ["2"] }] },
      plan
    ],
    ["all steps as a string", Requests.CreateProject, { ...plan, steps: JSON.stringify([step]) }, plan],
    ["each step as a string", Requests.CreateProject, { ...plan, steps: [JSON.stringify(step)] }, plan],
    [
      "strings within strings",
      Requests.CreateProject,
      { ...plan, steps: JSON.stringify([JSON.stringify({ ...step, step_num: "1", depends_on: '["2"]' })]) },
      plan
    ],
    ["null for what is left out", Requests.StaleWork, { timeout_minutes: null, limit: null, cursor: null }, {}],
    [
      "null for what a step leaves out",
      Requests.CreateProject,
      { ...plan, steps: [{ ...step, depends_on: null }] },
      { ...plan, steps: [{ step_num: 1, branch: "b", scope: "api" }] }
    ],
    ...(["", "null", null, 0, []] as const).map(
      (empty) =>
        [
          `${JSON.stringify(empty)} for what is left out`,
          Requests.ClaimStep,
          {
            agent_id: "a",
            step_id: empty,
            scopes: empty,
            request_id: empty === "null" ? "" : empty,
            allow_overlap: empty
          },
          { agent_id: "a" }
        ] as const
    ),
    [
      "the word null for a text that is no prose",
      Requests.ClaimStep,
      { agent_id: "a", request_id: "null", project: "undefined" },
      { agent_id: "a" }
    ],
    [
      "the word null as prose",
      Requests.CompleteStep,
      { step_id: 1, commit_hash: "c", notes: "null", agent_id: "null" },
      { step_id: 1, commit_hash: "c", notes: "null" }
    ],
    ["an empty value as a string", Requests.StaleWork, { timeout_minutes: "0", limit: "0" }, {}],
    [
      "an empty value that can be meant",
      Requests.CompleteStep,
      { step_id: 1, commit_hash: "c", notes: "", files_modified: [] },
      { step_id: 1, commit_hash: "c", notes: "", files_modified: [] }
    ],
    [
      "a text for a list of one",
      Requests.ClaimStep,
      { agent_id: "a", scopes: "api" },
      { agent_id: "a", scopes: ["api"] }
    ],
    ["a number for a list of one", Requests.CreateProject, { ...plan, steps: [{ ...step, depends_on: 2 }] }, plan],
    [
      "a number as a string for a list of one",
      Requests.CreateProject,
      { ...plan, steps: [{ ...step, depends_on: "2" }] },
      plan
    ],
    [
      "what clients put beside the arguments",
      Requests.OneStep,
      { step_id: 5, toolCallId: "x", sessionId: 1, _meta: {} },
      { step_id: 5 }
    ],
    [
      "paths in any spelling",
      Requests.CompleteStep,
      { step_id: 1, commit_hash: "c", files_modified: ["src\\a.ts", "./b.ts", "src/x/../a\u0308.ts"] },
      { step_id: 1, commit_hash: "c", files_modified: ["src/a.ts", "b.ts", "src/\u00e4.ts"] }
    ],
    [
      "globs in any spelling",
      Requests.CreateProject,
      { ...plan, steps: [{ ...step, files: ".\\src\\**" }] },
      { ...plan, steps: [{ ...step, files: ["src/**"] }] }
    ],
    ["project for name", Requests.GetProject, { project: " p" }, { name: " p" }],
    ["name for project", Requests.OneProject, { name: "p" }, { project: "p" }],
    ["a boolean as a string", Schema.Struct({ flag: Schema.Boolean }), { flag: "true" }, { flag: true }],
    ["a text that looks like a number", Requests.GetProject, { name: "5" }, { name: "5" }],
    ["a text that looks like a list", Requests.GetProject, { name: "[1]" }, { name: "[1]" }]
  ] as const)("%s", (_, schema, input, expected) => {
    assert.deepStrictEqual<unknown>(decoded<unknown, unknown>(schema as never, input), expected)
  })
})

describe("anything else is refused, with its path", () => {
  it.each([
    ["NaN in words", Requests.OneStep, { step_id: "NaN" }, "step_id"],
    ["infinity in words", Requests.StaleWork, { timeout_minutes: "Infinity" }, "timeout_minutes"],
    ["a number too large for a double", Requests.StaleWork, { timeout_minutes: "1e999" }, "timeout_minutes"],
    ["hexadecimal", Requests.OneStep, { step_id: "0x10" }, "step_id"],
    ["a number with a tail", Requests.OneStep, { step_id: "5abc" }, "step_id"],
    ["an empty string for a number", Requests.OneStep, { step_id: "" }, "step_id"],
    ["true for a number", Requests.OneStep, { step_id: "true" }, "step_id"],
    ["a list for a number", Requests.OneStep, { step_id: "[5]" }, "step_id"],
    ["null for what is required", Requests.OneStep, { step_id: null }, "step_id"],
    ["nothing for what is required", Requests.OneStep, {}, "step_id"],
    ["a fraction", Requests.OneStep, { step_id: "1.5" }, "step_id"],
    ["a number for a text", Requests.GetProject, { name: 5 }, "name"],
    ["a text for a list", Requests.CreateProject, { ...plan, steps: "step 1" }, "steps"],
    ["an object for a list", Requests.CreateProject, { ...plan, steps: { 1: step } }, "steps"],
    ["null in a list", Requests.CreateProject, { ...plan, steps: [step, null] }, "steps.1"],
    [
      "a fault deep inside",
      Requests.CreateProject,
      { ...plan, steps: [{ ...step, depends_on: [2, "x"] }] },
      "steps.0.depends_on.1"
    ],
    ["an unknown field", Requests.OneStep, { step_id: 1, stepId: 1 }, "stepId"],
    [
      "an unknown field of a step",
      Requests.CreateProject,
      { ...plan, steps: [{ ...step, titel: "t" }] },
      "steps.0.titel"
    ],
    ["a field named like a prototype", Requests.OneStep, JSON.parse('{"step_id":1,"__proto__":{}}'), "__proto__"],
    ["NUL", Requests.GetProject, { name: "a\0b" }, "name"],
    ["half a surrogate pair", Requests.GetProject, { name: "a\ud800b" }, "name"],
    ["a list for all arguments", Requests.OneStep, [], ""],
    ["a number for all arguments", Requests.OneStep, 5, ""],
    ["null for all arguments", Requests.OneStep, null, ""]
  ] as const)("%s", (_, schema, input, path) => {
    const faults = faultsOf<unknown, unknown>(schema as never, input)
    assert.deepStrictEqual(
      faults.map((fault) => fault.path),
      [path]
    )
    assert.notStrictEqual(faults[0]?.message, "")
  })

  it.each([
    ["a text for a list", Requests.CreateProject, { ...plan, steps: "step 1" }, /array|list/],
    ["null for a step", Requests.CreateProject, { ...plan, steps: [null] }, /object/],
    ["a list for all arguments", Requests.OneStep, [], /object/],
    [
      "a text for a list of texts",
      Requests.CompleteStep,
      { step_id: 1, commit_hash: "c", files_modified: "a.ts, b.ts" },
      /^must be an array, such as \["a\.ts","b\.ts"\]$/
    ]
  ] as const)("%s is explained in words of JSON, not in types of this program", (_, schema, input, expected) => {
    const [fault] = faultsOf<unknown, unknown>(schema as never, input)
    assert.match(fault?.message ?? "", expected)
    assert.notMatch(fault?.message ?? "", /readonly|Brand<|ReadonlyArray|filter/)
  })

  it.each([
    ["stepId", "is not a parameter: did you mean step_id?"],
    ["step", "is not a parameter: did you mean step_id?"],
    ["colour", "is not a parameter"]
  ])("an unknown field %s is refused with the known one that is near", (field, message) => {
    assert.deepStrictEqual(faultsOf(Requests.OneStep, { step_id: 1, [field]: 2 }), [{ path: field, message }])
  })

  it.each([
    [Requests.GetProject, { name: "p", project: "q" }, "project"],
    [Requests.OneStep, { step_id: 1, name: "p" }, "name"]
  ])("a project's name is refused where it is one too many", (schema, input, path) => {
    assert.deepStrictEqual(faultsOf<unknown, unknown>(schema as never, input), [
      { path, message: "is not a parameter" }
    ])
  })

  it("so is one within a list", () => {
    const input = { ...plan, steps: [step, { ...step, dependsOn: [1] }] }
    assert.deepStrictEqual(faultsOf(Requests.CreateProject, input), [
      { path: "steps.1.dependsOn", message: "is not a parameter: did you mean depends_on?" }
    ])
  })

  it("lists all faults at once", () => {
    const input = {
      name: "",
      steps: [{ step_num: 0, branch: " ", scope: "s".repeat(201), depends_on: [1.5] }],
      size: 1
    }
    const paths = faultsOf(Requests.CreateProject, input).map((fault) => fault.path)
    assert.sameMembers(paths, [
      "name",
      "base_commit",
      "steps.0.step_num",
      "steps.0.branch",
      "steps.0.scope",
      "steps.0.depends_on.0",
      "size"
    ])
  })

  it("stops at as many faults as an answer has room for, and counts the rest", () => {
    const steps = Array.from({ length: 150 }, (_, index) => ({ ...step, step_num: index + 1, branch: "" }))
    const faults = faultsOf(Requests.CreateProject, { ...plan, steps })
    const told = faults.length - 1
    assert.isTrue(told > 50 && told <= 100)
    assert.deepStrictEqual(faults[told - 1], {
      path: `steps.${told - 1}.branch`,
      message: "must not be empty or blank"
    })
    assert.deepStrictEqual(faults[told], { path: "", message: `and ${150 - told} more` })
  })

  it.each([
    ["steps", { ...plan, steps: Array(300_000).fill({}) }],
    ["dependencies", { ...plan, steps: [{ ...step, depends_on: Array(3_000_000).fill("x") }] }],
    [
      "dependencies of many steps",
      { ...plan, steps: Array(10_000).fill({ ...step, depends_on: Array(300).fill("x") }) }
    ],
    [
      "unknown fields",
      { ...plan, ...Object.fromEntries(Array.from({ length: 300_000 }, (_, at) => [`field${at}`, 1])) }
    ]
  ])("looks for no more faults than it needs: %s", (_, input) => {
    const since = cpuTime()
    const faults = faultsOf(Requests.CreateProject, input)
    assert.isAtLeast(faults.length, 50)
    assert.deepStrictEqual(faults.at(-1), { path: "", message: "and more" })
    assert.isBelow(cpuTime() - since, 5000)
  })

  it("does not read a list that is too long to its end", () => {
    const endless = { ...plan, steps: [{ ...step, depends_on: Array(3_000_000).fill(2) }] }
    assert.deepStrictEqual(faultsOf(Requests.CreateProject, endless), [
      { path: "steps.0.depends_on", message: "must have at most 10000 items" }
    ])
  })

  it.each([
    ["value", { step_id: "x".repeat(100_000) }],
    ["field", { step_id: 1, ["x".repeat(100_000)]: 1 }]
  ])("does not echo a long %s in full", (_, input) => {
    const faults = faultsOf(Requests.OneStep, input)
    assert.isBelow(JSON.stringify(faults).length, 600)
  })
})
