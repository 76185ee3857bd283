import { assert, describe, it } from "vitest"
import { output } from "../../src/cli/console.ts"
import { noSignals } from "../support/cli.ts"

interface Terminals {
  readonly isTerminal: boolean
  readonly isErrorTerminal: boolean
}

const outputOn = (terminals: Terminals, environment: Record<string, string>, line: ReadonlyArray<string> = []) => {
  const nothing = () => {}
  const draw = terminals.isErrorTerminal ? { draw: nothing } : {}
  return output(line, {
    ...{ ...terminals, ...draw, environment, canAsk: false, columns: 80, signals: noSignals },
    ...{ ask: () => Promise.resolve(""), write: nothing, writeError: nothing }
  })
}

describe("output", () => {
  it("colours and draws over each of both streams only if it is a terminal that can", () => {
    for (const isTerminal of [true, false]) {
      for (const isErrorTerminal of [true, false]) {
        for (const TERM of ["xterm-256color", "dumb"]) {
          const { canOverdraw, draw, sayStyle, style } = outputOn({ isTerminal, isErrorTerminal }, { TERM })
          const can = TERM !== "dumb"
          assert.strictEqual(canOverdraw, isTerminal && can)
          assert.strictEqual(draw !== undefined, isErrorTerminal && can)
          assert.strictEqual(style.red("x") !== "x", isTerminal && can)
          assert.strictEqual(sayStyle.red("x") !== "x", isErrorTerminal && can)
        }
      }
    }
  })

  it("draws without colours if none are wanted", () => {
    const both = { isTerminal: true, isErrorTerminal: true }
    for (const { draw, sayStyle, style } of [
      outputOn(both, { NO_COLOR: "1" }),
      outputOn(both, {}, ["work", "p", "--no-color", "--", "x"])
    ]) {
      assert.isDefined(draw)
      assert.strictEqual(style.red("x") + sayStyle.red("x"), "xx")
    }
    assert.notStrictEqual(outputOn(both, {}, ["work", "p", "--", "x", "--no-color"]).style.red("x"), "x")
  })
})
