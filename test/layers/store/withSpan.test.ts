import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Tracer from "effect/Tracer"
import { withSpan } from "../../../src/layers/store/withSpan.ts"
import { hq } from "../../support/hq.ts"
import { shared } from "../../support/watch.ts"

/** A host's tracer that keeps the names of spans. */
const recording = () => {
  const names: Array<string> = []
  const tracer = Tracer.make({
    context: (body) => body(),
    span: (name, parent, context, links, startTime, kind) => {
      names.push(name)
      return {
        _tag: "Span",
        name,
        spanId: String(names.length),
        traceId: "trace",
        parent,
        context,
        links: [...links],
        status: { _tag: "Started", startTime },
        sampled: true,
        kind,
        attributes: new Map(),
        attribute: () => {},
        event: () => {},
        addLinks: () => {},
        end: () => {}
      }
    }
  })
  return { names, tracer }
}

describe("spans", () => {
  it.scoped("are told to a host's tracer, one a method", () =>
    Effect.gen(function* () {
      const { names, tracer } = recording()
      yield* Effect.all([hq.create("p", { 1: [] }), hq.claim("a"), hq.sweep]).pipe(Effect.withTracer(tracer))
      assert.deepStrictEqual(
        names.filter((name) => !name.startsWith("sql.")),
        ["Projects.create", "Steps.claim", "Recovery.sweep"]
      )
    }).pipe(Effect.provide(shared()))
  )

  it.effect("are not made where nobody sees them", () =>
    Effect.gen(function* () {
      const span = yield* withSpan("name")(() => Effect.option(Effect.currentSpan))()
      assert.isTrue(Option.isNone(span))
    })
  )
})
