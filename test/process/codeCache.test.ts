import { execFileSync } from "node:child_process"
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { afterEach, assert, beforeEach, describe, it } from "vitest"
import { version } from "../../src/version.ts"

const dist = fileURLToPath(new URL("../../dist/", import.meta.url))

describe("the built server", () => {
  let folder = ""
  beforeEach(() => {
    // Within the project, so that the driver is found.
    folder = mkdtempSync(join(dist, "copy-"))
    for (const name of ["hq.cjs", "server.cjs"]) copyFileSync(join(dist, name), join(folder, name))
  })
  afterEach(() => rmSync(folder, { recursive: true, force: true }))

  const shown = () => execFileSync(process.execPath, [join(folder, "hq.cjs"), "--version"], { encoding: "utf8" })

  it("starts without its code cache", () => assert.strictEqual(shown(), `${version}\n`))

  it.each([
    ["garbage", "no cache at all"],
    ["cut off", ""]
  ])("starts with a code cache that is %s", (_, content) => {
    writeFileSync(join(folder, "server.cache"), content)
    assert.strictEqual(shown(), `${version}\n`)
  })
})
