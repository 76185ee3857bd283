import * as fc from "fast-check"
import { assert, describe, it } from "vitest"
import * as Lines from "../../../src/mcp/server/lines.ts"

/** Every line that these chunks make. */
const linesOf = (maxLine: number, chunks: ReadonlyArray<Uint8Array>) => {
  const lines = Lines.make(maxLine)
  for (const chunk of chunks) lines.add(Buffer.from(chunk))
  lines.end()
  const taken: Array<string | typeof Lines.tooLong> = []
  for (let line = lines.next(); line !== undefined; line = lines.next()) taken.push(line)
  return taken
}

describe("lines", () => {
  it("are those of the whole text, however it is cut, without those beyond the limit", () => {
    const text = fc.stringMatching(/^[a-zß漢🦊\n]{0,60}$/u)
    fc.assert(
      fc.property(text, fc.array(fc.nat(60)), fc.integer({ min: 1, max: 20 }), (text, cuts, maxLine) => {
        const bytes = Buffer.from(text)
        const at = [0, ...cuts.filter((cut) => cut < bytes.length).sort((a, b) => a - b), bytes.length]
        const chunks = at.slice(1).map((end, index) => bytes.subarray(at[index], end))
        const expected = text.split("\n")
        // Only a line that has begun is ended by the end of input.
        if (expected.at(-1) === "") expected.pop()
        assert.deepStrictEqual(
          linesOf(maxLine, chunks),
          expected.map((line) => (Buffer.byteLength(line) > maxLine ? Lines.tooLong : line))
        )
      })
    )
  })

  it("wait for their ends", () => {
    const lines = Lines.make(100)
    lines.add(Buffer.from("a\nb"))
    assert.strictEqual(lines.next(), "a")
    assert.isUndefined(lines.next())
    lines.add(Buffer.from("c\n"))
    assert.strictEqual(lines.next(), "bc")
  })

  it("count the bytes that nobody has asked for", () => {
    const lines = Lines.make(100)
    lines.add(Buffer.from("a\nbc\nd"))
    assert.strictEqual(lines.backlog(), 6)
    lines.next()
    assert.strictEqual(lines.backlog(), 4)
    lines.next()
    lines.next()
    assert.strictEqual(lines.backlog(), 0)
  })
})
