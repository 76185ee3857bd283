import { readdirSync } from "node:fs"
import { assert, describe, it } from "vitest"
import { runScript } from "../support/script.ts"
import { tempFolder } from "../support/temp.ts"

describe("examples", () => {
  it("embedding: in a file of its own, and within the transactions of a host", async () => {
    const temp = tempFolder()
    const { code, stderr, stdout } = await runScript("examples/embedding.ts", temp).ended
    assert.strictEqual(stderr, "")
    assert.deepStrictEqual(stdout.trimEnd().split("\n"), [
      "ada claimed step1/db-schema",
      "grace may not start it: it is ada's",
      "ada's step1/db-schema is completed",
      "grace claimed step1/db-schema on m1",
      "m1 is taken: the second claim is undone",
      "grace claimed step2/ui-layout on m2"
    ])
    assert.strictEqual(code, 0)
    assert.notInclude(readdirSync(temp).join(), "hq-embedding-")
  })
})
