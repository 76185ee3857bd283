import { PassThrough } from "node:stream"
import { assert, describe, it } from "@effect/vitest"
import type { Client } from "@modelcontextprotocol/sdk/client/index.js"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as McpServer from "../../../src/mcp/server/McpServer.ts"
import * as StdioTransport from "../../../src/mcp/server/StdioTransport.ts"
import { Leases } from "../../../src/services/Leases.ts"
import { handshake, requestLine } from "../../support/client.ts"
import { hq } from "../../support/hq.ts"
import { connect } from "../../support/inProcess.ts"
import { blocked, complete, isWaiting, pass, passUntilDone, queued } from "../../support/waiting.ts"
import { shared } from "../../support/watch.ts"

type Options = Parameters<Client["callTool"]>[2]

/** What a wait is told of by and by. */
interface Told {
  readonly progress: number
  readonly total?: number | undefined
  readonly message?: string | undefined
}

const claim = (client: Client, more: object, options: Options = {}) =>
  Effect.tryPromise({
    try: () =>
      client.callTool(
        { name: "claim_step", arguments: { project: "p", agent_id: "a", ...more } },
        undefined,
        // In real time; nothing takes that long.
        { timeout: 60_000, ...options }
      ),
    catch: (error) => error as Error
  })

const withServer = <A, E, R>(body: (client: Client) => Effect.Effect<A, E, R>) =>
  Effect.provide(Effect.flatMap(connect, body), shared())

describe("a call that waits", () => {
  it.scoped("longer than clients do is refused, unless they are told of its progress", () =>
    withServer((client) =>
      Effect.gen(function* () {
        yield* blocked(1)
        const refused = yield* claim(client, { wait_seconds: 51 })
        assert.isTrue(refused.isError)
        const { error } = refused.structuredContent as { error: { _tag: string; faults: Array<{ path: string }> } }
        assert.deepInclude(error, { _tag: "InvalidInput" })
        assert.strictEqual(error.faults[0]?.path, "wait_seconds")
        const { text } = (refused.content as ReadonlyArray<{ text: string }>)[0] as { text: string }
        assert.match(text, /your client shows no progress .*: wait 50, then call again/)
        assert.notMatch(text, /token|_meta/)
        for (const [seconds, options] of [
          [50, {}],
          [60, { onprogress: () => {} }]
        ] as const) {
          const call = yield* Effect.fork(claim(client, { wait_seconds: seconds }, options))
          yield* pass(`${seconds - 1} seconds`, "1 second")
          assert.isTrue(yield* isWaiting(call))
          yield* pass("2 seconds", "100 millis")
          assert.deepInclude((yield* Fiber.join(call)).structuredContent, { step: null, reason: "all_blocked" })
        }
      })
    )
  )

  it.scoped("tells of its progress every 10 seconds, and no more once it is answered", () =>
    withServer((client) =>
      Effect.gen(function* () {
        yield* blocked(1)
        const told: Array<Told> = []
        const call = yield* Effect.fork(claim(client, { wait_seconds: 120 }, { onprogress: (each) => told.push(each) }))
        yield* pass("35 seconds", "500 millis")
        const wait = { total: 120, message: "waiting for a step" }
        assert.deepStrictEqual(
          told.map((each) => ({ ...each })),
          [10, 20, 30].map((progress) => ({ progress, ...wait }))
        )
        yield* complete
        yield* passUntilDone(call)
        const { step } = (yield* Fiber.join(call)).structuredContent as { step: object }
        assert.deepInclude(step, { step_num: 2, agent_id: "a" })
        yield* pass("30 seconds", "500 millis")
        assert.lengthOf(told, 3)
      })
    )
  )

  it.scoped("that is cancelled leaves the queue", () =>
    withServer((client) =>
      Effect.gen(function* () {
        yield* blocked(1)
        const cancel = new AbortController()
        const call = yield* Effect.fork(Effect.flip(claim(client, { wait_seconds: 50 }, { signal: cancel.signal })))
        yield* pass("200 millis")
        assert.deepStrictEqual(yield* queued, ["a"])
        cancel.abort("changed my mind")
        assert.include((yield* Fiber.join(call)).message, "changed my mind")
        yield* pass("200 millis")
        assert.deepStrictEqual(yield* queued, [])
        yield* complete
        yield* pass("500 millis")
        assert.strictEqual((yield* hq.get(2)).status, "not_started")
      })
    )
  )
})

describe("a claim that is cancelled", () => {
  const stuck = Layer.effect(
    Leases,
    Effect.map(Leases, (leases) => Leases.of({ ...leases, touch: () => Effect.never }))
  ).pipe(Layer.provideMerge(shared()))

  it.scoped("after it was made and before it is answered is given back", () =>
    Effect.gen(function* () {
      yield* hq.create("p", { 1: [], 2: [] })
      const client = yield* connect
      for (const [request_id, status] of [
        [undefined, "not_started"],
        ["r", "claimed"]
      ] as const) {
        const cancel = new AbortController()
        const call = yield* Effect.fork(Effect.flip(claim(client, { request_id }, { signal: cancel.signal })))
        // Its leases are being renewed, by the test's clock.
        yield* Effect.repeatN(pass("1 millis", "1 millis"), 20)
        assert.strictEqual((yield* hq.get(1)).status, "claimed")
        cancel.abort()
        yield* Fiber.join(call)
        yield* pass("50 millis")
        assert.strictEqual((yield* hq.get(1)).status, status)
      }
    }).pipe(Effect.provide(stuck))
  )
})

describe("calls that wait when the server ends", () => {
  const request = (id: number) =>
    requestLine(id, "tools/call", {
      name: "claim_step",
      arguments: { project: "p", agent_id: `a${id}`, wait_seconds: 50 }
    })

  /** What the server writes until it ends, in the way that is given. */
  const ending = (end: (input: PassThrough, serving: Fiber.Fiber<void>) => Effect.Effect<unknown>) =>
    Effect.gen(function* () {
      yield* blocked(1)
      const [input, output] = [new PassThrough(), new PassThrough()]
      const serving = yield* Effect.fork(Effect.scoped(McpServer.serve(StdioTransport.make(input, output))))
      input.write(handshake + [1, 2, 3].map(request).join(""))
      yield* pass("1 second", "50 millis")
      assert.deepStrictEqual(yield* queued, ["a1", "a2", "a3"])
      yield* end(input, serving)
      yield* passUntilDone(serving)
      const answers = String(output.read()).trim().split("\n").slice(1)
      return answers.map((answer) => JSON.parse(answer).result.structuredContent.reason)
    })

  it.scoped("with its input are answered, and leave the queue", () =>
    Effect.gen(function* () {
      const reasons = yield* ending((input) => Effect.sync(() => input.end()))
      assert.deepStrictEqual(reasons, ["all_blocked", "all_blocked", "all_blocked"])
      assert.deepStrictEqual(yield* queued, [])
    }).pipe(Effect.provide(shared()))
  )

  it.scoped("by a signal are answered, too", () =>
    Effect.gen(function* () {
      const reasons = yield* ending((_, serving) => Fiber.interruptFork(serving))
      assert.deepStrictEqual(reasons, ["all_blocked", "all_blocked", "all_blocked"])
      assert.deepStrictEqual(yield* queued, [])
    }).pipe(Effect.provide(shared()))
  )
})
