import { assert, describe, it } from "@effect/vitest"
import type { Client } from "@modelcontextprotocol/sdk/client/index.js"
import {
  ListResourcesResultSchema,
  ListResourceTemplatesResultSchema,
  type McpError,
  ReadResourceResultSchema,
  ResourceListChangedNotificationSchema,
  ResourceUpdatedNotificationSchema
} from "@modelcontextprotocol/sdk/types.js"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import { StorageBusy } from "../../../src/domain/Errors.ts"
import * as Coordination from "../../../src/layers/Coordination.ts"
import { Projects } from "../../../src/services/Projects.ts"
import { hq } from "../../support/hq.ts"
import { connect } from "../../support/inProcess.ts"
import { tempDatabase } from "../../support/temp.ts"

const onFile = Layer.suspend(() => Coordination.layerSqlite({ filename: tempDatabase() }))

const request = <A>(ask: () => Promise<A>) => Effect.tryPromise({ try: ask, catch: (error) => error as McpError })

const withGet = (get: Projects["Type"]["get"]) =>
  Layer.effect(
    Projects,
    Effect.map(Projects, (original) => Projects.of({ ...original, get }))
  ).pipe(Layer.provideMerge(onFile))

const read = (client: Client, uri: string) =>
  Effect.map(
    request(() => client.request({ method: "resources/read", params: { uri } }, ReadResourceResultSchema.strict())),
    ({ contents }) => {
      assert.lengthOf(contents, 1)
      assert.deepInclude(contents[0] as object, { uri, mimeType: "application/json" })
      return (contents[0] as { text: string }).text
    }
  )

const textOf = (client: Client, name: string, input: object) =>
  Effect.map(
    request(() => client.callTool({ name, arguments: { ...input } })),
    ({ content }) => (content as ReadonlyArray<{ text: string }>)[0]?.text
  )

describe("resources", () => {
  it.scopedLive("hold what the tools give", () =>
    Effect.gen(function* () {
      const client = yield* connect
      yield* hq.create("a/b c%", { 1: [], 2: [1] })
      assert.strictEqual(yield* read(client, "hq://projects"), yield* textOf(client, "list_projects", {}))
      assert.strictEqual(
        yield* read(client, "hq://projects/a%2Fb%20c%25"),
        yield* textOf(client, "get_project", { name: "a/b c%" })
      )
      assert.strictEqual(yield* read(client, "hq://steps/2"), yield* textOf(client, "get_step", { step_id: 2 }))
    }).pipe(Effect.provide(onFile))
  )

  it.scopedLive("are listed with pages: all projects first, then each by priority and age", () =>
    Effect.gen(function* () {
      const client = yield* connect
      const names = Array.from({ length: 101 }, (_, n) => `größe/${n}`)
      for (const name of names) yield* hq.create(name, { 1: [] })
      yield* hq.updateProject({ name: "größe/7", priority: 1 })
      const list = (cursor?: string) =>
        request(() =>
          client.request(
            { method: "resources/list", params: cursor === undefined ? {} : { cursor } },
            ListResourcesResultSchema.strict()
          )
        )
      const pages = [yield* list()]
      for (let cursor = pages[0]?.nextCursor; cursor !== undefined; cursor = pages.at(-1)?.nextCursor) {
        pages.push(yield* list(cursor))
      }
      assert.isAbove(pages.length, 1)
      const all = pages.flatMap(({ resources }) => resources)
      assert.deepStrictEqual(
        all.slice(0, 3).map(({ uri }) => uri),
        ["hq://projects", "hq://projects/gr%C3%B6%C3%9Fe%2F7", "hq://projects/gr%C3%B6%C3%9Fe%2F100"]
      )
      assert.sameMembers(
        all.slice(1).map(({ name }) => name),
        names
      )
      for (const { description, mimeType, title, uri } of all) {
        assert.strictEqual(mimeType, "application/json")
        assert.isTrue(Boolean(title) && Boolean(description))
        yield* read(client, uri)
      }
      const error = yield* Effect.flip(list("garbage"))
      assert.strictEqual(error.code, -32602)
      assert.include(error.message, "cursor")
    }).pipe(Effect.provide(onFile))
  )

  it.scopedLive("have templates", () =>
    Effect.gen(function* () {
      const client = yield* connect
      const { resourceTemplates } = yield* request(() =>
        client.request({ method: "resources/templates/list" }, ListResourceTemplatesResultSchema.strict())
      )
      assert.deepStrictEqual(
        resourceTemplates.map(({ uriTemplate }) => uriTemplate),
        ["hq://projects/{name}", "hq://steps/{id}"]
      )
    }).pipe(Effect.provide(onFile))
  )

  it.scopedLive("that are not there, or cannot be, are refused", () =>
    Effect.gen(function* () {
      const client = yield* connect
      for (const ask of [
        (uri: string) => request<unknown>(() => client.readResource({ uri })),
        (uri: string) => request<unknown>(() => client.subscribeResource({ uri }))
      ]) {
        for (const uri of ["hq://projects/nothing", "hq://steps/9", "hq://agents"]) {
          const error = yield* Effect.flip(ask(uri))
          assert.strictEqual(error.code, -32002)
          assert.strictEqual(error.message, "MCP error -32002: Resource not found")
          assert.deepStrictEqual(error.data, { uri })
        }
        for (const uri of ["hq://steps/x", "nothing", 5 as never, undefined as never]) {
          const error = yield* Effect.flip(ask(uri))
          assert.strictEqual(error.code, -32602)
          assert.include(error.message, "uri: ")
        }
      }
    }).pipe(Effect.provide(onFile))
  )

  it.scopedLive("that another process keeps locked are said to be; a defect is logged, and not told", () => {
    const logged: Array<string> = []
    const log = Logger.replace(
      Logger.defaultLogger,
      Logger.map(Logger.stringLogger, (text) => void logged.push(text))
    )
    const failures = [new StorageBusy({ waited_ms: 7 }), Effect.die(new Error("SELECT secret"))]
    return Effect.gen(function* () {
      const client = yield* connect
      const ask = Effect.flip(request(() => client.readResource({ uri: "hq://projects/p" })))
      const busy = yield* ask
      assert.strictEqual(busy.code, -32603)
      assert.include(busy.message, "locked by another process for 7 ms")
      assert.isEmpty(logged)
      const defect = yield* ask
      assert.strictEqual(defect.message, "MCP error -32603: internal error")
      assert.isTrue(logged.some((text) => text.includes("resources/read failed") && text.includes("SELECT secret")))
    }).pipe(
      Effect.provide(
        Layer.merge(
          withGet(() => failures.shift() ?? Effect.die("unexpected")),
          log
        )
      )
    )
  })

  it.scopedLive("tell a client that has subscribed of their changes, until it has had enough", () =>
    Effect.gen(function* () {
      const client = yield* connect
      const told: Array<string> = []
      client.setNotificationHandler(ResourceUpdatedNotificationSchema, ({ params }) => void told.push(params.uri))
      client.setNotificationHandler(ResourceListChangedNotificationSchema, () => void told.push("list"))
      const nextIs = (message: string) =>
        Effect.promise(async () => {
          for (const until = performance.now() + 5_000; told.length === 0 && performance.now() < until; ) {
            await new Promise((resolve) => setTimeout(resolve, 10))
          }
          assert.strictEqual(told.shift(), message)
        })
      yield* hq.create("p", { 1: [], 2: [] })
      assert.deepStrictEqual(yield* request(() => client.subscribeResource({ uri: "hq://steps/1" })), {})
      assert.deepStrictEqual(yield* request(() => client.subscribeResource({ uri: "hq://steps/2" })), {})
      yield* hq.take("a")
      yield* nextIs("hq://steps/1")
      yield* hq.create("q", { 1: [] })
      yield* nextIs("list")
      assert.deepStrictEqual(yield* request(() => client.unsubscribeResource({ uri: "hq://steps/2" })), {})
      yield* hq.take("b")
      yield* hq.deleteProject({ name: "q" })
      yield* nextIs("list")
    }).pipe(Effect.provide(onFile))
  )
})
