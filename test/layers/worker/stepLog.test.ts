import { readFileSync, statSync } from "node:fs"
import { join } from "node:path"
import * as FileSystem from "@effect/platform/FileSystem"
import * as Path from "@effect/platform/Path"
import * as NodeContext from "@effect/platform-node/NodeContext"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { open } from "../../../src/layers/worker/stepLog.ts"
import { tempFolder } from "../../support/temp.ts"

const opened = Effect.gen(function* () {
  const file = join(tempFolder(), "logs", "1.log")
  const { lastLine, lastLines, write } = yield* open(yield* FileSystem.FileSystem, yield* Path.Path, file)
  const say = (text: string | Uint8Array) => write(typeof text === "string" ? new TextEncoder().encode(text) : text)
  return { file, lastLine, lastLines, say }
})

const test = (title: string, body: (log: Effect.Effect.Success<typeof opened>) => Effect.Effect<void>) =>
  it.scoped(title, () => Effect.flatMap(opened, body).pipe(Effect.provide(NodeContext.layer)))

describe("the log of a step", () => {
  test("knows the last line that is not blank, as it grows", ({ file, lastLine, lastLines, say }) =>
    Effect.gen(function* () {
      assert.strictEqual(lastLine(), "")
      yield* say("one\ntw")
      assert.strictEqual(lastLine(), "tw")
      yield* say("o\n\n  \n")
      assert.strictEqual(lastLine(), "two")
      yield* say("10%\r20%\r")
      assert.strictEqual(lastLine(), "20%")
      assert.strictEqual(lastLines(), "one\ntwo\n10%\n20%")
      assert.strictEqual(readFileSync(file, "utf8"), "one\ntwo\n\n  \n10%\r20%\r")
    }))

  test("leaves colours out, and what has come only in part", ({ lastLine, say }) =>
    Effect.gen(function* () {
      const euro = new TextEncoder().encode("€")
      for (const [text, expected] of [
        ["\n\u001b[32mgreen\u001b[0m \u001b]0;title\u0007sky", "green sky"],
        ["\nbegun\u001b", "begun"],
        ["[1;3", "begun"],
        ["1mred", "begunred"],
        ["\n5 \u001b]8;;http://", "5 "],
        ["x\u001b\\link", "5 link"],
        [euro.subarray(0, 2), "5 link"],
        [euro.subarray(2), "5 link€"]
      ] as const) {
        yield* say(text)
        assert.strictEqual(lastLine(), expected)
      }
    }))

  test("stays small in memory when a program writes megabytes without a line end", ({
    file,
    lastLine,
    lastLines,
    say
  }) =>
    Effect.gen(function* () {
      const chunk = "x".repeat(65_536)
      for (let at = 0; at < 320; at++) yield* say(chunk)
      yield* say("the end")
      assert.strictEqual(statSync(file).size, 320 * 65_536 + 7)
      assert.strictEqual(lastLine(), `${"x".repeat(500)}…`)
      assert.strictEqual(lastLines(), lastLine())
    }))
})
