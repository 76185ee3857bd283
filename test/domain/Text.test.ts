import * as Either from "effect/Either"
import * as fc from "effect/FastCheck"
import * as Schema from "effect/Schema"
import { assert, describe, it } from "vitest"
import { created, Description, limits, Name, Notes, Path, Reason, Timestamp, Title } from "../../src/domain/Text.ts"
import { outcome } from "../support/schema.ts"

const texts = [
  ["Name", Name, 200, "refused"],
  ["Path", Path, 1_024, "refused"],
  ["Reason", Reason, 65_536, "refused"],
  ["Notes", Notes, 65_536, "taken"],
  ["Description", Description, 65_536, "refused"]
] as const

describe.each(texts)("%s", (_, schema, max, blank) => {
  it(`takes ${max} characters, and not one more`, () => {
    assert.isUndefined(outcome(schema, "x".repeat(max)))
    assert.include(outcome(schema, "x".repeat(max + 1)), `must have at most ${max} characters`)
  })

  it.each(["", " ", "\n\t ", "\u00a0"])(`has a blank text ${blank}: %j`, (text) => {
    if (blank === "taken") assert.isUndefined(outcome(schema, text))
    else assert.include(outcome(schema, text), "must not be empty or blank")
  })

  it.each(["a\0b", "\0", "\ud800", "a\udc00b", "\udc00\ud800"])(
    "refuses %j, which cannot be stored as sent",
    (text) => {
      assert.include(outcome(schema, text), "must not contain NUL or broken Unicode")
    }
  )

  it.each(["🙂", "häß", "日本語", "a\u200bb", "'; DROP TABLE steps; --", "a\nb", "\u0001"])("takes %j", (text) => {
    assert.isUndefined(outcome(schema, text))
  })

  it.each([1, null, undefined, [], {}])("refuses %j, which is no text", (value) => {
    assert.isDefined(outcome(schema, value))
  })

  it("keeps every text that it takes byte for byte", () => {
    fc.assert(
      fc.property(fc.string16bits({ maxLength: 20 }), (text) => {
        if (outcome(schema, text) === undefined) assert.strictEqual(Buffer.from(text, "utf8").toString("utf8"), text)
      })
    )
  })
})

describe("Title", () => {
  it.each(["\n", "\r", "\u0085", "\u2028", "\u2029"])("refuses %j: it is one line", (end) => {
    assert.include(outcome(Title, `a${end}b`), "must be one line")
  })

  it("takes 200 characters, and not one more", () => {
    assert.isUndefined(outcome(Title, "x".repeat(200)))
    assert.include(outcome(Title, "x".repeat(201)), "must have at most 200 characters")
  })
})

describe("limits", () => {
  it("are those of the design", () => {
    assert.deepStrictEqual<Record<string, number>>(limits, {
      name: 200,
      path: 1_024,
      prose: 64 * 1_024,
      steps: 10_000,
      scopes: 50,
      globs: 100,
      // What holds the write lock for less than 250 ms: test/process/budget.test.ts.
      dependencies: 20_000,
      texts: 1_024 * 1_024,
      files: 128 * 1_024,
      operations: 300,
      changes: 500,
      links: 10_000,
      reopened: 20
    })
  })
})

describe("Timestamp", () => {
  it("is text", () => {
    assert.isUndefined(outcome(Timestamp, "1970-01-01T00:00:00.000Z"))
    assert.isDefined(outcome(Timestamp, 0))
  })
})

describe("a name that is created", () => {
  it("has no blanks at its ends, where nothing has put it right before", () => {
    const decode = Schema.decodeUnknownEither(created(Name))
    assert.isTrue(Either.isRight(decode("a")))
    for (const text of [" a", "e\u0301"]) assert.isTrue(Either.isLeft(decode(text)), JSON.stringify(text))
  })
})
