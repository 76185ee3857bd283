import { assert, describe, it } from "vitest"
import { plain } from "../../../src/cli/text/Style.ts"
import { wrap } from "../../../src/cli/text/wrap.ts"

describe("wrap", () => {
  it("breaks between words, indents what follows, and leaves a long word whole", () => {
    assert.deepStrictEqual(wrap(plain(10), "one two three four", "- "), ["- one two", "  three", "  four"])
    assert.deepStrictEqual(wrap(plain(10), "one two three", "", "  "), ["one two", "  three"])
    assert.deepStrictEqual(wrap(plain(10), "see /a/very/long/path now"), ["see", "/a/very/long/path", "now"])
    assert.deepStrictEqual(wrap(plain(4), "漢字 漢字"), ["漢字", "漢字"])
  })

  it("leaves a line as it is where there is no terminal", () => {
    assert.deepStrictEqual(wrap(plain(0), "one two three four"), ["one two three four"])
  })
})
