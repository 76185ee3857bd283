import { assert, describe, it } from "vitest"
import { hasAbsolute, inWorktree, storedGlob, storedPath } from "../../src/domain/Files.ts"
import { globFault } from "../../src/domain/Globs.ts"

describe("the stored form of a path", () => {
  it.each([
    ["src/a.ts", "src/a.ts"],
    ["./src/a.ts", "src/a.ts"],
    ["src//./a.ts", "src/a.ts"],
    ["src\\api\\a.ts", "src/api/a.ts"],
    [".\\src\\a.ts", "src/a.ts"],
    ["src/api/../a.ts", "src/a.ts"],
    ["src/../../a.ts", "../a.ts"],
    ["src/api/", "src/api/"],
    ["/w/./a.ts", "/w/a.ts"],
    ["C:\\w\\..\\..\\a.ts", "C:/../a.ts"],
    ["A\u0308.ts", "\u00c4.ts"],
    ["app/[id]/../page.tsx", "app/page.tsx"],
    [" a.ts", " a.ts"],
    [".", "."],
    ["", ""]
  ])("of %j is %j", (given, stored) => {
    assert.strictEqual(storedPath(given), stored)
    assert.strictEqual(storedPath(stored), stored)
  })
})

describe("the stored form of a glob", () => {
  it.each([
    ["./src/**", "src/**"],
    ["src\\api\\**\\*.ts", "src/api/**/*.ts"],
    ["app\\[id]\\page.tsx", "app/[id]/page.tsx"],
    ["app/\\[id\\]/page.tsx", "app/[id]/page.tsx"],
    ["src/*/../a.ts", "src/a.ts"],
    ["src/**/../a.ts", "src/**/../a.ts"],
    ["src/{a,b}/../c", "src/{a,b}/../c"],
    ["src/api/", "src/api/"],
    ["A\u0308*", "\u00c4*"]
  ])("of %j is %j", (given, stored) => {
    assert.strictEqual(storedGlob(given), stored)
    assert.strictEqual(storedGlob(stored), stored)
  })

  it.each(["C:\\w\\a.ts", "/w/a.ts", "..\\a.ts"])("of %j is refused", (glob) => {
    assert.isString(globFault(storedGlob(glob)))
  })
})

describe("a path in a worktree", () => {
  it.each([
    ["/w/src/a.ts", "/w", "src/a.ts"],
    ["/w/src/a.ts", "/w/", "src/a.ts"],
    ["/w/src/a.ts", "/x/../w", "src/a.ts"],
    ["C:/W/src/a.ts", "c:\\w", "src/a.ts"],
    ["/w2/a.ts", "/w", "/w2/a.ts"],
    ["/w", "/w", "/w"],
    ["/w/", "/w", "/w/"],
    ["/etc/x", "/", "etc/x"],
    ["src/a.ts", "src", "src/a.ts"],
    ["src/a.ts", "/w", "src/a.ts"]
  ])("%s of %s is %s", (path, worktree, expected) => assert.strictEqual(inWorktree(path, worktree), expected))

  it("matters only if it is absolute", () => {
    assert.isTrue(hasAbsolute(["a", "/w"]))
    assert.isTrue(hasAbsolute(["c:/w"]))
    assert.isFalse(hasAbsolute(["a", "b:c/d", "../w"]))
  })
})
