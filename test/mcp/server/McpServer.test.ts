import { once } from "node:events"
import { PassThrough } from "node:stream"
import { assert, describe, it } from "@effect/vitest"
import type { Client } from "@modelcontextprotocol/sdk/client/index.js"
import { EmptyResultSchema, McpError } from "@modelcontextprotocol/sdk/types.js"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Schema from "effect/Schema"
import { FailedBlocker, ProjectExplanation, StepExplanation } from "../../../src/domain/answers/Explanations.ts"
import { ClaimedStep } from "../../../src/domain/Claim.ts"
import {
  AgentEvent,
  AgentMetrics,
  CompletedStep,
  DeletedProject,
  PlanUpdated,
  Project,
  ProjectMetrics,
  Step
} from "../../../src/domain/Entities.ts"
import { CoordinationError } from "../../../src/domain/Errors.ts"
import { version } from "../../../src/domain/version.ts"
import * as Coordination from "../../../src/layers/Coordination.ts"
import * as McpServer from "../../../src/mcp/server/McpServer.ts"
import * as StdioTransport from "../../../src/mcp/server/StdioTransport.ts"
import { toolbox } from "../../../src/mcp/tools/toolbox.ts"
import { Steps } from "../../../src/services/Steps.ts"
import { handshake, type Reply, requestLine } from "../../support/client.ts"
import { plan } from "../../support/hq.ts"
import { connect } from "../../support/inProcess.ts"
import { tempDatabase } from "../../support/temp.ts"

const onFile = Layer.suspend(() => Coordination.layerSqlite({ filename: tempDatabase() }))

/** On a file, with some methods of Steps made to misbehave. */
const withSteps = (changed: Partial<Steps["Type"]>) =>
  Layer.effect(
    Steps,
    Effect.map(Steps, (steps) => Steps.of({ ...steps, ...changed }))
  ).pipe(Layer.provideMerge(onFile))

const request = <A>(ask: () => Promise<A>) => Effect.tryPromise({ try: ask, catch: (error) => error as McpError })

/** Calls a tool; where listTools was called, the client checks the result against the advertised schema. */
const call = (client: Client, name: string, input: object) =>
  Effect.map(
    request(() => client.callTool({ name, arguments: { ...input } })),
    (result) => ({
      isError: result.isError === true,
      text: (result.content as ReadonlyArray<{ text: string }>)[0]?.text ?? "",
      structured: result.structuredContent as Record<string, unknown>
    })
  )

const decodeAs = <A, I>(schema: Schema.Schema<A, I>, value: unknown): A =>
  Schema.decodeUnknownSync(schema, { onExcessProperty: "error" })(value)

const Done = Schema.Struct({ ok: Schema.Literal(true), ...Step.fields })
const Completed = Schema.Struct({ ok: Schema.Literal(true), ...CompletedStep.fields })
const asStep = (text: unknown) => decodeAs(Step, text)
const asClaim = (text: unknown) => decodeAs(ClaimedStep, text)
const asDone = (text: unknown) => decodeAs(Done, text)
const asSteps = (text: unknown) => decodeAs(Schema.Array(Step), text)
const asExplanation = (text: unknown) => decodeAs(StepExplanation, text)
const only = (field: string, value: unknown) => ({ [field]: (value as Record<string, unknown>)[field] })
const asNothing = (text: unknown) => assert.isNull(text)

/** One walk through a plan that calls every tool: its input, what its text decodes as, and more of its structured result. */
const walk: ReadonlyArray<readonly [tool: string, input: object, decode: (text: unknown) => unknown, more?: object]> = [
  ["create_project", plan("p", { 1: [], 2: [1] }), (text) => decodeAs(Project, text), { total_steps: 2 }],
  ["get_available_steps", { project: "p" }, asSteps],
  ["claim_step", { project: "p", agent_id: "a" }, asClaim],
  ["claim_step", { project: "p", agent_id: "b" }, asNothing, { step: null, reason: "all_blocked" }],
  ["explain_step", { step_id: 2 }, asExplanation, { status: "not_started", ready: false }],
  ["start_step", { step_id: 1, agent_id: "a", worktree: "/w" }, asDone, { ok: true, status: "in_progress" }],
  ["heartbeat", { step_id: 1, agent_id: "a" }, asDone, { ok: true }],
  ["detect_stale_work", { timeout_minutes: 1 }, asSteps, { steps: [] }],
  ["get_agent_work", { agent_id: "a" }, asSteps],
  ["recover_step", { step_id: 1, force: true }, asDone, { status: "not_started" }],
  ["claim_step", { project: "p", agent_id: "a", step_num: 1, request_id: "r" }, asClaim],
  ["release_step", { step_id: 1, agent_id: "a", reason: "later" }, asDone, { status: "not_started" }],
  ["claim_step", { project: "p", agent_id: "a" }, asClaim],
  ["fail_step", { step_id: 1, agent_id: "a", reason: "no" }, asDone, { status: "failed" }],
  ["claim_step", { project: "p", agent_id: "b" }, asNothing, { step: null, reason: "failed_upstream" }],
  ["explain_step", { project: "p" }, (text) => decodeAs(ProjectExplanation, text), { status: "active" }],
  [
    "get_project",
    { name: "p", limit: 1 },
    (text) =>
      decodeAs(Schema.Struct({ blocked_by_failed: Schema.Array(FailedBlocker) }), only("blocked_by_failed", text))
  ],
  ["recover_failed_step", { step_id: 1 }, asDone, { status: "not_started" }],
  ["claim_step", { project: "p", agent_id: "a" }, asClaim],
  ["start_step", { step_id: 1, agent_id: "a" }, asDone],
  [
    "complete_step",
    { step_id: 1, agent_id: "a", commit_hash: "c", files_modified: ["f"], notes: "n" },
    (text) => decodeAs(Completed, text),
    { last_commit: "c" }
  ],
  ["get_step", { step_id: 1 }, asStep, { files_modified: ["f"], notes: "n", attempt: 4, depends_on: [] }],
  [
    "get_project",
    { name: "p" },
    (text) => decodeAs(Schema.Struct({ ...Project.fields, steps: Schema.Array(Step) }), text)
  ],
  ["list_projects", { status: "active" }, (text) => decodeAs(Schema.Array(Project), text)],
  ["get_metrics", { project: "p" }, (text) => decodeAs(ProjectMetrics, text), { total_steps: 2, completed: 1 }],
  ["get_metrics", { agent_id: "a" }, (text) => decodeAs(AgentMetrics, text), { steps_completed: 1 }],
  [
    "get_metrics",
    {},
    (text) => decodeAs(Schema.Struct({ ...ProjectMetrics.fields, ...AgentMetrics.fields }), text),
    { steps_completed: 1, total_steps: 2 }
  ],
  ["get_agent_events", { limit: 3 }, (text) => decodeAs(Schema.Array(AgentEvent), text)],
  ["merge_step", { step_id: 1, merge_commit: "m", agent_id: "b" }, asDone, { status: "merged", merge_commit: "m" }],
  ["claim_step", { agent_id: "a", scopes: ["ui"] }, asNothing, { unknown_scopes: ["ui"], scopes: ["api"] }],
  ["claim_step", { agent_id: "a", scopes: ["ui", "api"], max_held: 1 }, asClaim],
  [
    "update_plan",
    { project: "p", operations: [{ op: "add", step_num: 3, branch: "b", scope: "s", depends_on: [1] }] },
    (text) => decodeAs(PlanUpdated, text),
    { revision: 2 }
  ],
  ["update_project", { name: "p", status: "paused" }, (text) => decodeAs(Project, text), { status: "paused" }],
  ["claim_step", { agent_id: "b" }, asNothing, { step: null, reason: "project_paused" }],
  [
    "delete_project",
    { name: "p", force: true },
    (text) => decodeAs(DeletedProject, text),
    { steps: 3, dependencies: 2, failed_attempts: 1, claims: 1 }
  ]
]

describe("tools", () => {
  it.scopedLive("are listed, with the instructions of the server", () =>
    Effect.gen(function* () {
      const client = yield* connect
      const { tools } = yield* request(() => client.listTools())
      assert.deepStrictEqual<unknown>(
        tools,
        toolbox.map((tool) => JSON.parse(JSON.stringify(tool.describe())))
      )
      const instructions = client.getInstructions() ?? ""
      assert.isAtMost(instructions.length, 1500)
      for (const name of ["claim_step", "start_step", "complete_step", "fail_step", "release_step", "create_project"]) {
        assert.include(instructions, name)
      }
      assert.match(instructions, /agent_id that no other agent uses/)
      assert.match(instructions, /texts of other agents are information/)
      assert.deepInclude(client.getServerVersion(), { name: "hq", version })
      assert.deepStrictEqual(client.getServerCapabilities(), {
        tools: {},
        resources: { subscribe: true, listChanged: true },
        prompts: {},
        completions: {}
      })
      assert.deepStrictEqual(yield* request(() => client.ping()), {})
    }).pipe(Effect.provide(onFile))
  )

  it.scopedLive("give what the domain calls a step, project, event…, and what their output schemas advertise", () =>
    Effect.gen(function* () {
      const client = yield* connect
      yield* request(() => client.listTools())
      for (const [name, input, decode, more] of walk) {
        const { text, structured, isError } = yield* call(client, name, input)
        assert.isFalse(isError, text)
        decode(JSON.parse(text))
        assert.deepInclude(structured, (more ?? {}) as Record<string, unknown>, name)
      }
      const called = new Set(walk.map(([name]) => name))
      assert.sameMembers(
        [...called],
        toolbox.map((tool) => tool.name)
      )
    }).pipe(Effect.provide(onFile))
  )
})

const failures: ReadonlyArray<readonly [tag: CoordinationError["_tag"], tool: string, input: object]> = [
  ["NotFound", "get_project", { name: "q" }],
  ["NotFound", "claim_step", { project: "q", agent_id: "a" }],
  ["NotFound", "get_step", { step_id: 99 }],
  ["NotFound", "complete_step", { step_id: 99, commit_hash: "c" }],
  ["NotFound", "recover_step", { step_id: 99 }],
  ["NotFound", "get_available_steps", { project: "q" }],
  ["NotFound", "get_metrics", { project: "q" }],
  ["NotFound", "get_agent_events", { project: "q" }],
  ["Conflict", "create_project", plan("p", { 1: [] })],
  ["Conflict", "start_step", { step_id: 1 }],
  ["Conflict", "heartbeat", { step_id: 1, agent_id: "a" }],
  ["Conflict", "recover_failed_step", { step_id: 1 }],
  ["InvalidInput", "create_project", plan("q", { 1: [2], 2: [1] })],
  ["InvalidInput", "list_projects", { cursor: "x" }],
  ["InvalidInput", "get_step", {}],
  ["NotFound", "explain_step", { step_id: 99 }],
  ["NotFound", "explain_step", { project: "q" }],
  ["InvalidInput", "explain_step", {}],
  ["InvalidInput", "explain_step", { step_id: 1, project: "p" }]
]

describe("errors", () => {
  it.scopedLive("that a caller can act on are results, which pass the client's check too", () =>
    Effect.gen(function* () {
      const client = yield* connect
      yield* request(() => client.listTools())
      yield* call(client, "create_project", plan("p", { 1: [] }))
      for (const [tag, name, input] of failures) {
        const { isError, text, structured } = yield* call(client, name, input)
        assert.isTrue(isError, name)
        assert.isTrue(text.startsWith(`${tag}: `), text)
        const error = Schema.decodeUnknownSync(CoordinationError)(structured.error)
        assert.strictEqual(error._tag, tag)
        assert.strictEqual(text, `${tag}: ${error.message}`)
      }
    }).pipe(Effect.provide(onFile))
  )

  it.scopedLive("of the protocol have the protocol's codes", () =>
    Effect.gen(function* () {
      const client = yield* connect
      const unknownTool = yield* Effect.flip(call(client, "steal_step", {}))
      assert.strictEqual(unknownTool.code, -32602)
      assert.match(unknownTool.message, /steal_step.*claim_step/)
      const unknownMethod = yield* Effect.flip(
        request(() => client.request({ method: "hq/unknown" } as never, EmptyResultSchema))
      )
      assert.strictEqual(unknownMethod.code, -32601)
      assert.include(unknownMethod.message, "hq/unknown")
      assert.isTrue(unknownTool instanceof McpError && unknownMethod instanceof McpError)
    }).pipe(Effect.provide(onFile))
  )

  it.scopedLive("of hq itself are logged in full and answered without detail", () => {
    const logged: Array<string> = []
    const log = Logger.replace(
      Logger.defaultLogger,
      Logger.map(Logger.stringLogger, (text) => void logged.push(text))
    )
    const broken = withSteps({ get: () => Effect.die(new Error("SELECT secret")) })
    return Effect.gen(function* () {
      const client = yield* connect
      const error = yield* Effect.flip(call(client, "get_step", { step_id: 1 }))
      assert.strictEqual(error.code, -32603)
      assert.strictEqual(error.message, "MCP error -32603: internal error")
      assert.isUndefined(error.data)
      assert.isTrue(logged.some((text) => text.includes("get_step failed") && text.includes("SELECT secret")))
      assert.isFalse((yield* call(client, "list_projects", {})).isError)
    }).pipe(Effect.provide(Layer.merge(broken, log)))
  })
})

describe("cancellation", () => {
  it.scopedLive("interrupts the fiber of the request, and the server goes on", () =>
    Effect.gen(function* () {
      const begun = yield* Deferred.make<void>()
      const interrupted = yield* Deferred.make<void>()
      const claim = () =>
        Deferred.succeed(begun, undefined).pipe(
          Effect.zipRight(Effect.never),
          Effect.onInterrupt(() => Deferred.succeed(interrupted, undefined))
        )
      yield* Effect.gen(function* () {
        const client = yield* connect
        const cancel = new AbortController()
        const params = { name: "claim_step", arguments: { project: "p", agent_id: "a" } }
        const answer = yield* Effect.fork(
          Effect.flip(request(() => client.callTool(params, undefined, { signal: cancel.signal })))
        )
        yield* Deferred.await(begun)
        cancel.abort("changed my mind")
        yield* Deferred.await(interrupted)
        assert.include((yield* answer).message, "changed my mind")
        assert.isFalse((yield* call(client, "list_projects", {})).isError)
      }).pipe(Effect.provide(withSteps({ claim })))
    })
  )
})

describe("tool calls", () => {
  it.live("in one go with initialize are answered after it", () =>
    Effect.gen(function* () {
      const [input, output] = [new PassThrough(), new PassThrough()]
      const call = (id: number, name: string) => requestLine(id, "tools/call", { name, arguments: {} })
      input.end(handshake + call(1, "list_projects") + call(1, "list_projects") + call(2, "steal_step"))
      yield* Effect.scoped(McpServer.serve(StdioTransport.make(input, output)))
      const answers = String(output.read()).trim().split("\n")
      const ids = answers.map((line) => JSON.parse(line).id)
      assert.strictEqual(ids[0], "init")
      assert.sameMembers(ids, ["init", 1, 1, 2])
    }).pipe(Effect.provide(onFile))
  )

  it.live("are all answered, also if an id is used twice", () =>
    Effect.gen(function* () {
      const [input, output] = [new PassThrough(), new PassThrough()]
      const server = yield* Effect.fork(Effect.scoped(McpServer.serve(StdioTransport.make(input, output))))
      input.write(handshake)
      yield* Effect.promise(() => once(output, "readable"))
      output.read()
      const call = (id: number, name: unknown) => requestLine(id, "tools/call", { name, arguments: {} })
      input.end(call(1, "list_projects") + call(1, "list_projects") + call(2, "steal_step") + call(3, ["get_step"]))
      yield* Fiber.join(server)
      const answers: ReadonlyArray<Reply> = String(output.read())
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line))
      assert.sameDeepMembers(
        answers.map(({ id, error }) => [id, error?.code]),
        [
          [1, undefined],
          [1, undefined],
          [2, -32602],
          [3, -32602]
        ]
      )
    }).pipe(Effect.provide(onFile))
  )
})

describe("the client goes away", () => {
  it.live("what it asked is answered, and the server ends", () =>
    Effect.gen(function* () {
      const [input, output] = [new PassThrough(), new PassThrough()]
      input.end(handshake + requestLine(1, "tools/list") + requestLine(2, "tools/call", { name: "list_projects" }))
      yield* Effect.scoped(McpServer.serve(StdioTransport.make(input, output)))
      const answers = String(output.read()).trim().split("\n")
      assert.sameMembers(
        answers.map((line) => JSON.parse(line).id),
        ["init", 1, 2]
      )
    }).pipe(Effect.provide(onFile))
  )
})
