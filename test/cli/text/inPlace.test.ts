import { assert, describe, it } from "vitest"
import { liveLines, overdrawn } from "../../../src/cli/text/inPlace.ts"

/** What a terminal of so many columns shows after it was written to; as many rows as it takes. */
const terminal = (columns: number) => {
  let rows = [""]
  let [row, column] = [0, 0]
  const put = (character: string) => {
    if (column === columns) [row, column] = [row + 1, 0]
    const line = rows[row] ?? ""
    rows[row] = line.slice(0, column).padEnd(column) + character + line.slice(column + 1)
    column += 1
  }
  const write = (text: string) => {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what a terminal acts upon.
    for (const [part, count, action] of text.matchAll(/\u001b\[(\d*)([A-Z])|./gs)) {
      if (action === "A") row -= Number(count)
      else if (action === "K") rows[row] = (rows[row] ?? "").slice(0, column)
      else if (action === "J") rows = [...rows.slice(0, row), (rows[row] ?? "").slice(0, column)]
      else if (part === "\r") column = 0
      else if (part === "\n") [row, column] = [row + 1, 0]
      else put(part)
    }
  }
  return { write, shown: () => rows.join("\n"), cursor: () => [row, column] }
}

describe("what is drawn in place", () => {
  it("replaces what was there, also if there is less of it, and never erases behind a full line", () => {
    const { shown, write } = terminal(20)
    write(overdrawn(["a long line", "two", "three"]))
    write(`\u001b[2A\r${overdrawn(["short", "two"])}`)
    assert.strictEqual(shown(), "short\ntwo")
  })

  it("stays below what is written, and goes without a trace", () => {
    const { cursor, shown, write } = terminal(20)
    const lines = liveLines(write, () => 20)
    lines.write("before\n")
    lines.draw(["head", "one", "two"])
    assert.strictEqual(shown(), "before\nhead\none\ntwo\n")
    lines.draw(["head", "one"], "first\nsecond, which is longer than the terminal\n")
    lines.write("third\n")
    const broken = ["second, which is lon", "ger than the termina", "l"]
    assert.strictEqual(shown(), ["before", "first", ...broken, "third", "head", "one", ""].join("\n"))
    lines.draw([], "last\n")
    assert.match(shown(), /third\nlast\n$/)
    assert.strictEqual(cursor()[1], 0)
    assert.notInclude(shown(), "head")
    lines.write("after\n")
    assert.match(shown(), /last\nafter\n?$/)
  })

  it("takes the rows into which a narrower terminal has broken its lines", () => {
    const written: Array<string> = []
    let columns = 80
    const lines = liveLines(
      (text) => written.push(text),
      () => columns
    )
    lines.draw(["x".repeat(79), "", "日本語".repeat(5)])
    columns = 40
    lines.draw(["y"])
    // Two rows, one, and one: 30 columns.
    assert.strictEqual(written.at(-1), "\r\u001b[4A\u001b[Jy\u001b[K\r\n\u001b[K\u001b[J")
    columns = 20
    lines.write("z\n")
    assert.strictEqual(written.at(-1), "\r\u001b[1A\u001b[Jz\ny\u001b[K\r\n\u001b[K\u001b[J")
  })

  it("hides no cursor, and writes nothing where nothing is drawn", () => {
    const written: Array<string> = []
    const lines = liveLines(
      (text) => written.push(text),
      () => 80
    )
    lines.draw([])
    lines.write("a\n")
    lines.draw(["one"])
    lines.draw([])
    lines.draw([])
    assert.deepStrictEqual(written, ["a\n", "one\u001b[K\r\n\u001b[K\u001b[J", "\r\u001b[1A\u001b[J"])
  })
})
