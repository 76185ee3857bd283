import { assert, describe, it } from "@effect/vitest"
import { cureOf } from "../../../src/cli/look/cure.ts"
import type { Need } from "../../../src/domain/answers/Overviews.ts"

describe("the command that does what is needed", () => {
  it("names the step, or the project", () => {
    const of = (kind: Need["kind"], project = "my-app") => cureOf({ kind, project, step_id: 42, step_num: 7 } as Need)
    assert.strictEqual(of("failed"), "hq recover my-app#7")
    assert.strictEqual(of("out_of_attempts"), "hq recover my-app#7")
    assert.strictEqual(of("silent"), "hq recover my-app#7")
    assert.strictEqual(of("unmerged"), "hq merge my-app#7 <commit>")
    assert.strictEqual(of("stuck"), "hq explain my-app")
    assert.strictEqual(of("paused"), "hq resume my-app")
    assert.strictEqual(of("failed", "my app"), "hq recover 42")
    assert.strictEqual(of("paused", "my app"), "hq resume 'my app'")
  })
})
