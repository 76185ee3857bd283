import { assert, describe, it } from "@effect/vitest"
import { shellWord, stepArgument, stepName } from "../../../src/cli/text/references.ts"

describe("names of steps", () => {
  it("are copied into a shell as they are, or by the id", () => {
    const of = (project: string) => stepArgument({ project, step_num: 7, step_id: 42 })
    assert.strictEqual(of("my-app"), "my-app#7")
    for (const project of ["my app", "it's", "$(reboot)", "#x", "a\u001b[2J", "x".repeat(25)]) {
      assert.strictEqual(of(project), "42", project)
    }
    assert.strictEqual(stepName("a\u001b", 7), "a\\u{1b}#7")
  })

  it("are quoted for a shell", () => {
    assert.strictEqual(shellWord("my-app"), "my-app")
    assert.strictEqual(shellWord("my app"), "'my app'")
    assert.strictEqual(shellWord("it's"), "'it'\\''s'")
    assert.strictEqual(shellWord(""), "''")
  })
})
