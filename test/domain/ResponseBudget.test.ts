import { assert, describe, it } from "@effect/vitest"
import * as fc from "fast-check"
import { budget, cost, mapLazily, takeWithin, truncate } from "../../src/domain/ResponseBudget.ts"

type Json = { readonly [key: string]: unknown }

const isObject = (value: unknown): value is Json => typeof value === "object" && value !== null && !Array.isArray(value)

/** Holds that nothing of the whole is missing in the short one without showing. */
const shows = (short: unknown, whole: unknown): void => {
  if (typeof whole === "string") {
    if (short === whole) return
    assert.isString(short)
    const text = short as string
    assert.isTrue(text.endsWith("…") && text.isWellFormed(), text)
    assert.isTrue(whole.startsWith(text.slice(0, -1)), `${text} begins ${whole}`)
  } else if (isObject(whole)) {
    const counts = isObject(short) ? short : assert.fail("an object")
    for (const [name, field] of Object.entries(whole)) {
      if (Array.isArray(field)) {
        const kept = counts[name] as ReadonlyArray<unknown>
        kept.forEach((entry, index) => {
          shows(entry, field[index])
        })
        assert.strictEqual(kept.length + Number(counts[`${name}_more`] ?? 0), field.length)
      } else shows(counts[name], field)
    }
    const extra = Object.keys(counts).filter((name) => !(name in whole))
    for (const name of extra) assert.isArray(whole[name.replace(/_more$/, "")], name)
  } else assert.strictEqual(short, whole)
}

const text = fc.oneof(
  fc.string({ maxLength: 20 }),
  fc
    .tuple(fc.constantFrom("a", "é", "界", "😀", '"', "\\", "\n", "\u0001"), fc.integer({ min: 0, max: 3000 }))
    .map(([unit, length]) => unit.repeat(length)),
  fc.string({ unit: "grapheme", maxLength: 2000 })
)
const lists = fc.oneof(
  fc.array(text, { maxLength: 40 }),
  fc.array(fc.integer(), { maxLength: 400 }),
  fc.array(fc.record({ id: fc.integer(), notes: text, files: fc.array(text, { maxLength: 10 }) }), { maxLength: 60 })
)
const name = fc.constantFrom("id", "notes", "branch", "files", "steps")
const values: fc.Arbitrary<Json> = fc.dictionary(
  name,
  fc.oneof(text, lists, fc.integer(), fc.constant(null), fc.record({ reason: text, at: fc.integer() }))
)

describe("truncate", () => {
  it("keeps within the bytes, and shows whatever it leaves out", () => {
    fc.assert(
      fc.property(values, fc.integer({ min: 1500, max: budget.result }), (value, bytes) => {
        const short = truncate(value, bytes)
        if (cost(value) <= bytes) assert.strictEqual(short, value)
        else assert.isAtMost(cost(short), bytes)
        shows(short, value)
      })
    )
  })

  it("uses most of the bytes", () => {
    for (const unit of ["a", "界", '"', "\u0001", "😀"]) {
      const long = { id: 1, notes: unit.repeat(65_536), files: Array.from({ length: 10_000 }, () => unit.repeat(1024)) }
      assert.isAbove(cost(truncate(long, budget.entry)), budget.entry / 2, unit)
    }
  })

  it("cuts the long ones only, all to the same length", () => {
    const branch = "step7/the-branch-of-an-ordinary-step"
    const short = truncate({ branch, notes: "n".repeat(5000), reason: "r".repeat(4000) }, 1000)
    assert.strictEqual(short.branch, branch)
    assert.match(short.notes, /^n{100,}…$/)
    assert.strictEqual(short.notes.length, short.reason.length)
  })

  it("shares among objects, and rather leaves out some than all that is in them", () => {
    const of = (length: number) => ({
      dependencies: Array.from({ length }, (_, num) => ({ num, notes: "n".repeat(2000) }))
    })
    const few = truncate(of(10), budget.result).dependencies
    assert.lengthOf(few, 10)
    assert.isAbove(few[0]?.notes.length ?? 0, 800)
    assert.strictEqual(few[9]?.notes, few[0]?.notes)
    const many = truncate(of(500), budget.result)
    assert.isAbove(many.dependencies.length, 50)
    assert.isAbove(many.dependencies[0]?.notes.length ?? 0, 50)
    assert.propertyVal(many, "dependencies_more", 500 - many.dependencies.length)
  })

  it("leaves objects out without cutting the others, where these are short", () => {
    const steps = Array.from({ length: 1000 }, (_, num) => ({ num, branch: `step${num}/work` }))
    const short = truncate({ steps }, budget.result)
    assert.isAbove(cost(short), budget.result / 2)
    assert.deepStrictEqual(short.steps, steps.slice(0, short.steps.length))
  })

  it("adds to what was left out before", () => {
    const files = Array.from({ length: 100 }, (_, num) => `src/${num}.ts`)
    const short = truncate({ files, files_more: 9_900 }, 1000)
    assert.strictEqual(short.files.length + short.files_more, 10_000)
  })

  it("shows a list within a list as text, where it is long", () => {
    const short = truncate({ rows: [Array.from({ length: 1000 }, (_, num) => num), [1, 2]] }, 500)
    assert.match(String(short.rows[0]), /^\[0,1,2,.*…$/)
    assert.propertyVal(short, "rows_more", 1)
  })

  it("ends a text before a character of two units", () => {
    for (let before = 0; before < 4; before++) {
      assert.isTrue(truncate({ notes: `${"a".repeat(before)}${"😀".repeat(500)}` }, 100).notes.isWellFormed())
    }
  })

  it("leaves … of a text for which there is no room, and one entry of a list", () => {
    assert.deepStrictEqual<unknown>(truncate({ notes: "long", nums: [1, 2] }, 10), {
      notes: "…",
      nums: [1],
      nums_more: 1
    })
  })
})

describe("cost", () => {
  it("is what a value adds to the two lists of a line", () => {
    const line = (list: ReadonlyArray<unknown>) => {
      const text = JSON.stringify(list)
      return Buffer.byteLength(JSON.stringify({ content: [{ type: "text", text }], structuredContent: list }))
    }
    fc.assert(
      fc.property(fc.oneof(values, text, fc.integer()), (value) => {
        assert.strictEqual(line([0, value]) - line([0]), cost(value))
      })
    )
  })
})

describe("takeWithin", () => {
  it("takes the first that fit, and at least one", () => {
    const size = (entry: number) => entry
    assert.deepStrictEqual(takeWithin([3, 4, 5], 7, size), [3, 4])
    assert.deepStrictEqual(takeWithin([3, 4, 5], 12, size), [3, 4, 5])
    assert.deepStrictEqual(takeWithin([9, 1], 7, size), [9])
    assert.deepStrictEqual(takeWithin([], 7, size), [])
  })

  it("makes no entry that is not looked at", () => {
    const made: Array<number> = []
    const one = (entry: number) => {
      made.push(entry)
      return entry
    }
    assert.deepStrictEqual(
      takeWithin(mapLazily([3, 4, 5, 6], one), 7, (entry) => entry),
      [3, 4]
    )
    assert.deepStrictEqual(made, [3, 4, 5])
  })
})
