import { PassThrough } from "node:stream"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Ref from "effect/Ref"
import * as TestClock from "effect/TestClock"
import { StorageBusy } from "../../../src/domain/Errors.ts"
import * as Coordination from "../../../src/layers/Coordination.ts"
import * as Subscriptions from "../../../src/mcp/resources/subscriptions.ts"
import * as McpServer from "../../../src/mcp/server/McpServer.ts"
import * as StdioTransport from "../../../src/mcp/server/StdioTransport.ts"
import { Changes } from "../../../src/services/Changes.ts"
import { Steps } from "../../../src/services/Steps.ts"
import { handshake, requestLine } from "../../support/client.ts"
import { hq } from "../../support/hq.ts"
import { tempDatabase } from "../../support/temp.ts"

const onFile = Layer.suspend(() => Coordination.layerSqlite({ filename: tempDatabase() }))

const id = (value: number) => ({ step_id: value })

/** Time goes by in small steps, and whatever it wakes gets to its end. */
const wait = (millis: number) =>
  Effect.forEach(
    Array.from({ length: Math.ceil(millis / 50) }),
    () =>
      Effect.zipRight(
        TestClock.adjust(50),
        Effect.promise(async () => {
          for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve))
        })
      ),
    { discard: true }
  )

/** Subscriptions, and what their client was told since it was last asked for. */
const open = Effect.gen(function* () {
  const messages: Array<string> = []
  const subscriptions = yield* Subscriptions.make((method, params) =>
    Effect.sync(() =>
      messages.push([method.replace("notifications/resources/", ""), ...Object.values(params)].join(" "))
    )
  )
  return { subscriptions, told: Effect.as(wait(700), messages).pipe(Effect.map(() => messages.splice(0))) }
})

/** On a file, with a count of those who watch it. */
const counted = (watchers: Ref.Ref<number>) =>
  Layer.effect(
    Changes,
    Effect.map(Changes, ({ watch, ...changes }) =>
      Changes.of({
        ...changes,
        watch: Effect.acquireRelease(
          Ref.update(watchers, (n) => n + 1),
          () => Ref.update(watchers, (n) => n - 1)
        ).pipe(Effect.zipRight(watch))
      })
    )
  ).pipe(Layer.provideMerge(onFile))

/** On a file, with Steps.get made to do something else besides. */
const withGet = (get: (original: Steps["Type"]) => Steps["Type"]["get"]) =>
  Layer.effect(
    Steps,
    Effect.map(Steps, (original) => Steps.of({ ...original, get: get(original) }))
  ).pipe(Layer.provideMerge(onFile))

describe("a subscription", () => {
  it.scoped("tells, under the URI it was given, that what it is to has changed", () =>
    Effect.gen(function* () {
      const { subscriptions, told } = yield* open
      yield* hq.create("p", { 1: [], 2: [1] })
      yield* hq.create("a b", { 1: [] })
      for (const uri of ["hq://projects/a%20b", "hq://projects/%61%20b", "hq://steps/1", "hq://steps/2"]) {
        yield* subscriptions.add(uri)
      }
      assert.deepStrictEqual(yield* told, [])
      yield* hq.take("a")
      assert.deepStrictEqual(yield* told, ["updated hq://steps/1"])
      yield* hq.take("b", { project: "a b" })
      assert.deepStrictEqual(yield* told, ["updated hq://projects/a%20b", "updated hq://projects/%61%20b"])
      yield* subscriptions.add("hq://projects")
      yield* hq.start({ ...id(1), agent_id: "a" })
      assert.deepStrictEqual(yield* told, ["updated hq://steps/1", "updated hq://projects"])
      yield* subscriptions.remove("hq://steps/1")
      yield* subscriptions.remove("hq://never/subscribed")
      yield* hq.fail({ ...id(1), agent_id: "a", reason: "no" })
      assert.deepStrictEqual(yield* told, ["updated hq://projects"])
    }).pipe(Effect.provide(onFile))
  )

  it.scoped("tells of what another process wrote", () =>
    Effect.gen(function* () {
      const filename = tempDatabase()
      const one = yield* Layer.build(Coordination.layerSqlite({ filename }))
      const other = yield* Layer.build(Coordination.layerSqlite({ filename }))
      yield* Effect.provide(hq.create("p", { 1: [] }), one)
      const { subscriptions, told } = yield* Effect.provide(open, one)
      yield* subscriptions.add("hq://projects/p")
      assert.deepStrictEqual(yield* told, [])
      yield* Effect.provide(hq.finish("a"), other)
      assert.deepStrictEqual(yield* told, ["updated hq://projects/p"])
    })
  )

  it.scoped(
    "tells fewer times than there are changes that follow each other within half a second, and of one that comes alone",
    () =>
      Effect.gen(function* () {
        const { subscriptions, told } = yield* open
        yield* hq.create("p", { 1: [] })
        yield* subscriptions.add("hq://steps/1")
        assert.deepStrictEqual(yield* told, [])
        yield* hq.take("a")
        yield* wait(100)
        yield* hq.start({ ...id(1), agent_id: "a" })
        yield* wait(100)
        yield* hq.fail({ ...id(1), agent_id: "a", reason: "no" })
        const seen = yield* told
        assert.deepStrictEqual([...new Set(seen)], ["updated hq://steps/1"])
        assert.isBelow(seen.length, 3)
        yield* hq.recoverFailed(1)
        assert.deepStrictEqual(yield* told, ["updated hq://steps/1"])
      }).pipe(Effect.provide(onFile))
  )

  it.scoped("is silent about signs of life", () =>
    Effect.gen(function* () {
      const { subscriptions, told } = yield* open
      yield* hq.create("p", { 1: [] })
      yield* hq.takeAndStart("a")
      for (const uri of ["hq://projects", "hq://projects/p", "hq://steps/1"]) yield* subscriptions.add(uri)
      const before = yield* hq.get(1)
      yield* wait(100)
      yield* hq.heartbeat({ ...id(1), agent_id: "a" })
      assert.notStrictEqual((yield* hq.get(1)).last_heartbeat, before.last_heartbeat)
      assert.deepStrictEqual(yield* told, [])
    }).pipe(Effect.provide(onFile))
  )

  it.scoped("tells once that what it is to was deleted, and again when it is there again", () =>
    Effect.gen(function* () {
      const { subscriptions, told } = yield* open
      yield* hq.create("p", { 1: [] })
      yield* subscriptions.add("hq://projects/p")
      assert.deepStrictEqual(yield* told, [])
      yield* hq.deleteProject({ name: "p" })
      assert.deepStrictEqual(yield* told, ["list_changed", "updated hq://projects/p"])
      yield* hq.create("q", { 1: [] })
      assert.deepStrictEqual(yield* told, ["list_changed"])
      yield* hq.updateProject({ name: "q", new_name: "p" })
      assert.deepStrictEqual(yield* told, ["list_changed", "updated hq://projects/p"])
    }).pipe(Effect.provide(onFile))
  )

  it.scoped("to nothing is refused", () =>
    Effect.gen(function* () {
      const { subscriptions } = yield* open
      for (const uri of ["hq://projects/p", "hq://steps/1"]) {
        assert.deepInclude(yield* Effect.flip(subscriptions.add(uri)), { _tag: "NotFound" })
      }
      assert.deepInclude(yield* Effect.flip(subscriptions.add("hq://steps/x")), { code: -32602 })
    }).pipe(Effect.provide(onFile))
  )

  it.scoped("is refused beside a thousand others", () =>
    Effect.gen(function* () {
      const { subscriptions, told } = yield* open
      const nums = Array.from({ length: 1_001 }, (_, index) => index + 1)
      yield* hq.create("p", Object.fromEntries(nums.map((num) => [num, []])))
      for (const num of nums.slice(0, 1_000)) yield* subscriptions.add(`hq://steps/${num}`)
      yield* subscriptions.add("hq://steps/1")
      const error = yield* Effect.flip(subscriptions.add("hq://steps/1001"))
      assert.deepInclude(error, { code: -32602 })
      assert.include(error.message, "1000 subscriptions")
      yield* subscriptions.remove("hq://steps/7")
      yield* subscriptions.add("hq://steps/1001")
      assert.deepStrictEqual(yield* told, [])
    }).pipe(Effect.provide(onFile))
  )

  it.scoped("tells of what was written while it was made", () =>
    Effect.gen(function* () {
      const { subscriptions, told } = yield* open
      yield* hq.create("p", { 1: [], 2: [] })
      yield* subscriptions.add("hq://steps/1")
      assert.deepStrictEqual(yield* told, ["updated hq://steps/1"])
      yield* subscriptions.add("hq://steps/2")
      assert.deepStrictEqual(yield* told, ["updated hq://steps/2"])
    }).pipe(
      Effect.provide(
        withGet((original) => {
          const untouched = new Set([1, 2])
          return (request) =>
            Effect.tap(original.get(request), () =>
              "step_id" in request && untouched.delete(request.step_id)
                ? Effect.orDie(original.claim({ agent_id: "a" as never, step_id: request.step_id }))
                : Effect.void
            )
        })
      )
    )
  )

  it.scoped("tells nothing once it has ended, even where its resource is being read", () => {
    let end: Effect.Effect<void> = Effect.void
    return Effect.gen(function* () {
      const { subscriptions, told } = yield* open
      yield* hq.create("p", { 1: [] })
      yield* subscriptions.add("hq://steps/1")
      assert.deepStrictEqual(yield* told, [])
      yield* hq.take("a")
      end = subscriptions.remove("hq://steps/1")
      assert.deepStrictEqual(yield* told, [])
    }).pipe(
      Effect.provide(
        withGet(
          ({ get }) =>
            (request) =>
              Effect.tap(get(request), () => end)
        )
      )
    )
  })

  it.scoped("is read again, where it could not be read", () =>
    Effect.gen(function* () {
      const { subscriptions, told } = yield* open
      yield* hq.create("p", { 1: [] })
      yield* subscriptions.add("hq://steps/1")
      assert.deepStrictEqual(yield* told, [])
      yield* hq.take("a")
      assert.deepStrictEqual(yield* told, ["updated hq://steps/1"])
    }).pipe(
      Effect.provide(
        withGet(({ get }) => {
          let reads = 0
          return (request) => (++reads === 3 ? new StorageBusy({ waited_ms: 1 }) : get(request))
        })
      )
    )
  )
})

describe("the list of resources", () => {
  it.scoped("has changed when a project came, went or was renamed, and only then", () =>
    Effect.gen(function* () {
      const { subscriptions, told } = yield* open
      yield* hq.create("p", { 1: [], 2: [] })
      yield* subscriptions.add("hq://steps/2")
      assert.deepStrictEqual(yield* told, [])
      const changes = [
        hq.create("q", { 1: [] }),
        hq.updateProject({ name: "q", new_name: "r" }),
        hq.deleteProject({ name: "r" })
      ]
      for (const change of changes) {
        yield* change
        assert.deepStrictEqual(yield* told, ["list_changed"])
      }
      yield* hq.take("a")
      assert.deepStrictEqual(yield* told, [])
    }).pipe(Effect.provide(onFile))
  )
})

describe("the database", () => {
  it.scoped("is watched by whoever has subscriptions, once", () =>
    Effect.gen(function* () {
      const watchers = yield* Ref.make(0)
      const count = Effect.zipRight(wait(50), Ref.get(watchers))
      yield* Effect.gen(function* () {
        const { subscriptions } = yield* open
        yield* hq.create("p", { 1: [], 2: [] })
        assert.strictEqual(yield* count, 0)
        yield* Effect.ignore(subscriptions.add("hq://steps/99"))
        assert.strictEqual(yield* count, 0)
        for (const num of [1, 2, 2]) yield* subscriptions.add(`hq://steps/${num}`)
        assert.strictEqual(yield* count, 1)
        yield* subscriptions.remove("hq://steps/1")
        assert.strictEqual(yield* count, 1)
        yield* subscriptions.remove("hq://steps/2")
        assert.strictEqual(yield* count, 0)
        yield* subscriptions.add("hq://steps/1")
        assert.strictEqual(yield* count, 1)
        yield* subscriptions.end
        assert.strictEqual(yield* count, 0)
        yield* subscriptions.add("hq://steps/1")
        assert.strictEqual(yield* count, 0, "after the end")
        const other = yield* Effect.scoped(
          Effect.gen(function* () {
            const { subscriptions } = yield* open
            yield* subscriptions.add("hq://steps/1")
            return yield* count
          })
        )
        assert.strictEqual(other, 1)
        assert.strictEqual(yield* count, 0, "the scope has ended")
      }).pipe(Effect.provide(counted(watchers)))
    })
  )

  it.scopedLive("is not watched any more for a client that has gone, though its server's scope goes on", () =>
    Effect.gen(function* () {
      const watchers = yield* Ref.make(0)
      const until = (count: number) =>
        Ref.get(watchers).pipe(Effect.delay(10), Effect.repeat({ until: (n) => n === count }), Effect.timeout(5_000))
      yield* Effect.gen(function* () {
        const input = new PassThrough()
        const serving = yield* Effect.forkScoped(McpServer.serve(StdioTransport.make(input, new PassThrough())))
        input.write(handshake + requestLine(1, "resources/subscribe", { uri: "hq://projects" }))
        yield* until(1)
        input.end()
        yield* Fiber.join(serving)
        yield* until(0)
      }).pipe(Effect.provide(counted(watchers)))
    })
  )
})
