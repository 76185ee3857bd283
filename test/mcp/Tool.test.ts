import { readFileSync } from "node:fs"
import { assert, describe, it } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Schema from "effect/Schema"
import { truncatedRemark } from "../../src/domain/answers/Remarks.ts"
import { NotFound } from "../../src/domain/Errors.ts"
import { version } from "../../src/domain/version.ts"
import type { Coordination } from "../../src/layers/Coordination.ts"
import type { ToolResult } from "../../src/mcp/Result.ts"
import { type Kind, type Tool, tool } from "../../src/mcp/Tool.ts"
import { toolbox } from "../../src/mcp/tools/toolbox.ts"
import { Leases } from "../../src/services/Leases.ts"

const definition = {
  name: "double",
  title: "Double",
  description: "Doubles n.",
  kind: "read" as Kind,
  input: Schema.Struct({ n: Schema.Number }),
  output: Schema.Struct({ twice: Schema.Number }),
  run: ({ n }: { readonly n: number }) => Effect.succeed({ twice: n * 2 })
}

/** Tools of this file ask for no service. */
const call = (made: Tool, input: unknown) =>
  Effect.provide(made.call(input), Context.empty() as Context.Context<Coordination>)

describe("tool", () => {
  it.effect("decodes its arguments leniently and gives text and structure", () =>
    Effect.gen(function* () {
      const result = yield* call(tool(definition), { n: "21" })
      assert.deepStrictEqual<unknown>(result, {
        content: [{ type: "text", text: '{"twice":42}' }],
        structuredContent: { twice: 42 }
      })
    })
  )

  it.effect("gives the text that it was told to give", () =>
    Effect.gen(function* () {
      const result = yield* call(tool({ ...definition, text: ({ twice }) => [twice] }), { n: 1 })
      assert.strictEqual(result.content[0]?.text, "[2]")
      assert.deepStrictEqual(result.structuredContent, { twice: 2 })
    })
  )

  const Page = Schema.Struct({ about: Schema.String, items: Schema.Array(Schema.Struct({ notes: Schema.String })) })
  const long = { about: "a".repeat(30_000), items: Array.from({ length: 6 }, () => ({ notes: "n".repeat(30_000) })) }
  const paged = {
    ...definition,
    input: Schema.Struct({ limit: Schema.optionalWith(Schema.Number, { exact: true }) }),
    output: Page,
    run: () => Effect.succeed(long)
  }
  const size = ({ content, structuredContent }: ToolResult) =>
    Buffer.byteLength(JSON.stringify({ content, structuredContent }))

  it.effect("shortens what is too large for an answer, and leaves out no entry of a page", () =>
    Effect.gen(function* () {
      const result = yield* call(tool({ ...paged, list: "items", text: ({ items }) => items }), {})
      const { about, items } = result.structuredContent as typeof long
      assert.isBelow(size(result), 20_000)
      assert.match(about, /^a+…$/)
      assert.lengthOf(items, 6)
      for (const { notes } of items) assert.match(notes, /^n{1000,}…$/)
      assert.deepStrictEqual(JSON.parse(result.content[0]?.text ?? ""), items)
      const noPage = yield* call(tool(paged), {})
      assert.isBelow(size(noPage), 20_000)
    })
  )

  it.effect("says in a second text block what the text hides: a remark of its own, the next page, what was cut", () =>
    Effect.gen(function* () {
      const remarks = ({ content }: ToolResult) => content.slice(1).map(({ text }) => text)
      const open = { ...paged, output: Schema.Struct({ ...Page.fields, next_cursor: Schema.optional(Schema.String) }) }
      const small = { about: "a", items: [] }
      const give = (value: typeof Page.Type & { readonly next_cursor?: string }, more = {}) =>
        Effect.map(call(tool({ ...open, ...more, run: () => Effect.succeed(value) }), {}), remarks)
      assert.deepStrictEqual(yield* give(small), [])
      assert.deepStrictEqual(yield* give(small, { remark: () => "Look." }), ["Look."])
      assert.deepStrictEqual(yield* give({ ...small, next_cursor: "xyz" }, { remark: () => "Look." }), [
        'Look. There is more: call double again with cursor "xyz".'
      ])
      assert.deepStrictEqual(yield* give(long, { list: "items" }), [truncatedRemark])
      const counted = { ...small, items: [{ notes: "n", files_more: 3 }] }
      assert.deepStrictEqual(yield* give(counted), [truncatedRemark])
      assert.deepStrictEqual(remarks(yield* call(tool({ ...paged, isWhole: true }), {})), [])
    })
  )

  it.effect("shortens nothing for a caller who names a limit, nor where the whole is to be read", () =>
    Effect.gen(function* () {
      for (const result of [
        yield* call(tool({ ...paged, list: "items" }), { limit: 6 }),
        yield* call(tool({ ...paged, isWhole: true }), {})
      ]) {
        assert.deepStrictEqual<unknown>(result.structuredContent, long)
        assert.deepStrictEqual(JSON.parse(result.content[0]?.text ?? ""), long)
      }
    })
  )

  it.effect("shortens what stands beside a null text", () =>
    Effect.gen(function* () {
      const result = yield* call(tool({ ...paged, text: () => null }), {})
      assert.strictEqual(result.content[0]?.text, "null")
      assert.isBelow(size(result), 20_000)
    })
  )

  it.effect("does not run on wrong arguments", () =>
    Effect.gen(function* () {
      const made = tool({ ...definition, run: () => Effect.die("ran") })
      const result = yield* call(made, { n: "x", m: 1 })
      assert.isTrue(result.isError)
      assert.match(result.content[0]?.text ?? "", /^InvalidInput: .*m: .*n: /)
    })
  )

  it.effect("turns what the caller can act on into a result", () =>
    Effect.gen(function* () {
      const made = tool({ ...definition, run: () => new NotFound({ entity: "step", key: 5 }) })
      const result = yield* call(made, { n: 1 })
      assert.isTrue(result.isError)
      assert.propertyVal(result.structuredContent.error, "_tag", "NotFound")
    })
  )

  it.effect("leaves defects alone", () =>
    Effect.gen(function* () {
      const exit = yield* Effect.exit(call(tool({ ...definition, run: () => Effect.die("bug") }), { n: 1 }))
      assert.deepStrictEqual<unknown>(exit, Exit.die("bug"))
    })
  )

  it.effect("is a sign of life if it succeeds, and none if it fails", () =>
    Effect.gen(function* () {
      let touched = 0
      const leases = Context.make(Leases, { touch: () => Effect.sync(() => touched++) } as never)
      const failing = tool({ ...definition, run: () => new NotFound({ entity: "step", key: 5 }) })
      yield* Effect.provide(failing.call({ n: 1 }), leases as Context.Context<Coordination>)
      assert.strictEqual(touched, 0)
      yield* Effect.provide(tool(definition).call({ n: 1 }), leases as Context.Context<Coordination>)
      assert.strictEqual(touched, 1)
    })
  )

  it.each([
    ["read", { readOnlyHint: true, openWorldHint: false }],
    ["create", { destructiveHint: false, openWorldHint: false }],
    ["update", { destructiveHint: false, idempotentHint: true, openWorldHint: false }],
    ["take", { destructiveHint: true, openWorldHint: false }]
  ] as const)("of kind %s has that kind's annotations", (kind, annotations) => {
    assert.deepStrictEqual<unknown>(tool({ ...definition, kind }).describe().annotations, annotations)
  })
})

describe("toolbox", () => {
  const names = toolbox.map((made) => made.name)

  it("has every tool of the contract, each once", () => {
    assert.includeMembers(names, [
      "create_project",
      "get_project",
      "list_projects",
      "claim_step",
      "start_step",
      "heartbeat",
      "complete_step",
      "fail_step",
      "get_step",
      "get_available_steps",
      "detect_stale_work",
      "recover_step",
      "get_metrics",
      "get_agent_events"
    ])
    assert.strictEqual(new Set(names).size, names.length)
  })

  it.effect("refuses a field that its schema does not have, whatever the tool", () =>
    Effect.gen(function* () {
      for (const made of toolbox) {
        const { content, isError } = yield* call(made, { no_such_field: 1 })
        assert.isTrue(isError, made.name)
        assert.match(content[0]?.text ?? "", /^InvalidInput: .*no_such_field: /s, made.name)
      }
    })
  )

  it("tells of each what it does", () => {
    for (const made of toolbox) {
      const { title, description, annotations } = made.describe()
      assert.match(title, /^[A-Z][a-z ]+$/, made.name)
      assert.match(description, /^[A-Z].*\.$/, made.name)
      assert.isAbove(Object.keys(annotations).length, 1, made.name)
    }
  })

  it("calls what only looks read-only, and what takes work away destructive", () => {
    const marked = (hint: string) =>
      toolbox.filter((made) => made.describe().annotations[hint] === true).map((made) => made.name)
    for (const name of marked("readOnlyHint")) assert.match(name, /^(get|list|detect|explain)_/)
    assert.includeMembers(marked("destructiveHint"), ["recover_step"])
  })
})

describe("version", () => {
  it("is that of the package", () => {
    const text = readFileSync(new URL("../../package.json", import.meta.url), "utf8")
    assert.strictEqual(version, JSON.parse(text).version)
  })
})
