import { existsSync, statSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { makeFolder } from "../../../../src/layers/store/sqlite/makeFolder.ts"
import { tempFolder } from "../../../support/temp.ts"

describe("makeFolder", () => {
  it("makes folders for their owner alone, and leaves those that are there", () => {
    const folder = join(tempFolder(), "a", "b")
    makeFolder(folder)
    makeFolder(folder)
    assert.strictEqual(statSync(folder).mode & 0o777, 0o700)
  })

  it("fails where none can be made: below a file, and below what only looks like a folder", () => {
    const file = join(tempFolder(), "file")
    writeFileSync(file, "")
    assert.throws(() => makeFolder(file), /EEXIST/)
    assert.throws(() => makeFolder(join(file, "a", "b")), /EEXIST|ENOTDIR/)
    if (existsSync("/proc/self")) assert.throws(() => makeFolder("/proc/none/a/b"), /ENOENT/)
  })
})
