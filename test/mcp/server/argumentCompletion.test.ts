import { assert, describe, it } from "@effect/vitest"
import type { Client } from "@modelcontextprotocol/sdk/client/index.js"
import { type CompleteRequest, CompleteResultSchema, type McpError } from "@modelcontextprotocol/sdk/types.js"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Coordination from "../../../src/layers/Coordination.ts"
import { hq } from "../../support/hq.ts"
import { connect } from "../../support/inProcess.ts"
import { tempDatabase } from "../../support/temp.ts"

const onFile = Layer.suspend(() => Coordination.layerSqlite({ filename: tempDatabase() }))

const request = <A>(ask: () => Promise<A>) => Effect.tryPromise({ try: ask, catch: (error) => error as McpError })

type Params = CompleteRequest["params"]

const names = { type: "ref/resource", uri: "hq://projects/{name}" } as const
const ids = { type: "ref/resource", uri: "hq://steps/{id}" } as const
const prompt = (name: string) => ({ type: "ref/prompt", name }) as const

const complete = (client: Client, ref: Params["ref"], name: string, value: string, given?: Record<string, string>) =>
  Effect.map(
    request(() =>
      client.request(
        {
          method: "completion/complete",
          params: { ref, argument: { name, value }, ...(given && { context: { arguments: given } }) }
        },
        CompleteResultSchema.strict()
      )
    ),
    ({ completion }) => completion
  )

describe("completion", () => {
  it.scopedLive("finds names of projects and ids of steps", () =>
    Effect.gen(function* () {
      const client = yield* connect
      for (const name of ["Shop", "shop/api", "other"]) yield* hq.create(name, { 1: [], 2: [1] })
      yield* hq.take("a", { project: "other" })
      const shops = { values: ["shop/api", "Shop"], total: 2, hasMore: false }
      assert.deepStrictEqual<unknown>(yield* complete(client, names, "name", "sH"), shops)
      for (const name of ["work_on_project", "unblock_project"]) {
        assert.deepStrictEqual<unknown>(yield* complete(client, prompt(name), "project", "sh"), shops)
      }
      assert.deepStrictEqual((yield* complete(client, ids, "id", "")).values, ["5"])
      assert.deepStrictEqual((yield* complete(client, ids, "id", "4")).values, [])
      for (const key of ["project", "name"]) {
        assert.deepStrictEqual((yield* complete(client, ids, "id", "", { [key]: "shop/api" })).values, ["3", "4"])
      }
      const none = { values: [], total: 0, hasMore: false }
      for (const [name, argument] of [
        ["plan_project", "project"],
        ["plan_project", "task"],
        ["work_on_project", "agent_id"]
      ] as const) {
        assert.deepStrictEqual<unknown>(yield* complete(client, prompt(name), argument, "sh"), none)
      }
    }).pipe(Effect.provide(onFile))
  )

  it.scopedLive("gives a hundred at most", () =>
    Effect.gen(function* () {
      const client = yield* connect
      const nums = Array.from({ length: 120 }, (_, n) => [n + 1, []])
      yield* hq.create("p", Object.fromEntries(nums))
      const found = yield* complete(client, ids, "id", "", { project: "p" })
      assert.lengthOf(found.values, 100)
      assert.deepInclude(found, { total: 120, hasMore: true })
    }).pipe(Effect.provide(onFile))
  )

  it.scopedLive("refuses what it does not know by name", () =>
    Effect.gen(function* () {
      const client = yield* connect
      const refused: ReadonlyArray<readonly [ref: Params["ref"], argument: string, named: RegExp]> = [
        [{ type: "ref/resource", uri: "hq://agents/{id}" }, "id", /hq:\/\/agents\/\{id\}.*hq:\/\/projects\/\{name\}/],
        [{ type: "ref/resource", uri: "constructor" }, "name", /unknown template constructor/],
        [names, "nam", /nam\. Known arguments: name/],
        [prompt("nothing"), "project", /Unknown prompt: nothing/],
        [prompt("plan_project"), "constructor", /constructor\. Known arguments: task, project, base_commit/],
        [{ type: "ref/other" } as never, "name", /ref: must be a ref\/prompt/]
      ]
      for (const [ref, argument, named] of refused) {
        const error = yield* Effect.flip(complete(client, ref, argument, ""))
        assert.strictEqual(error.code, -32602)
        assert.match(error.message, named)
      }
    }).pipe(Effect.provide(onFile))
  )
})
