import { execFileSync } from "node:child_process"
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { afterEach, assert, beforeEach, describe, it } from "vitest"
import { version } from "../../src/domain/version.ts"

const dist = fileURLToPath(new URL("../../dist/", import.meta.url))

describe("a built program", () => {
  let folder = ""
  beforeEach(() => {
    // Within the project, so that the driver is found.
    folder = mkdtempSync(join(dist, "copy-"))
    for (const name of ["hq.cjs", "cli.cjs"]) copyFileSync(join(dist, name), join(folder, name))
  })
  afterEach(() => rmSync(folder, { recursive: true, force: true }))

  const shown = () => execFileSync(process.execPath, [join(folder, "hq.cjs"), "--version"], { encoding: "utf8" })

  it("starts without its code cache", () => assert.strictEqual(shown(), `${version}\n`))

  it("takes no code cache that was made of another text, be it as long", () => {
    copyFileSync(join(dist, "cli.cache"), join(folder, "cli.cache"))
    assert.strictEqual(shown(), `${version}\n`)
    const text = readFileSync(join(folder, "cli.cjs"), "utf8")
    const other = version.replace(/.$/, (digit) => (digit === "0" ? "1" : "0"))
    writeFileSync(join(folder, "cli.cjs"), text.replaceAll(`"${version}"`, `"${other}"`))
    assert.strictEqual(shown(), `${other}\n`)
  })

  it.each([
    ["garbage", "no cache at all"],
    ["cut off", ""]
  ])("starts with a code cache that is %s", (_, content) => {
    writeFileSync(join(folder, "cli.cache"), content)
    assert.strictEqual(shown(), `${version}\n`)
  })
})
