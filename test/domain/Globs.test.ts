import { assert, describe, it } from "vitest"
import { globFault, globsFault } from "../../src/domain/Globs.ts"

describe("globFault", () => {
  it.each([
    "a",
    ".",
    "src/api",
    "src/api/",
    "./src",
    "src//api",
    "**/*.{ts,tsx}",
    "app/[[...slug]]/(group)/page.tsx",
    "app/[user-id]/page.tsx",
    "{{cookiecutter.name}}/setup.py",
    "a..b/..c/d..",
    "routes/$id.tsx",
    "[!a]/[^b]",
    "a:b",
    "~backup",
    "häß/日本語 🙂",
    "#notes#",
    "{,a}",
    "{1..100}",
    "x".repeat(1_024),
    "src/**/*.{ts,tsx,js,jsx,mjs,cjs,json,css,scss,html}",
    "{apps,packages,libs}/*/src/**/*.{test,spec}.{ts,tsx,js,jsx}",
    "?".repeat(1_024),
    `${"[a]".repeat(100)}`
  ])("takes %j", (glob) => {
    assert.isUndefined(globFault(glob))
  })

  it.each([
    ["", "must not be empty or blank"],
    [" ", "must not be empty or blank"],
    ["x".repeat(1_025), "must have at most 1024 characters"],
    ["a\nb", "must not contain control characters"],
    ["a\0", "must not contain control characters"],
    ["\x7f", "must not contain control characters"],
    ["a\ud800", "broken Unicode"],
    ["src\\api", "must not contain a backslash"],
    ["!src", "must not begin with !"],
    [":(glob)src", "must not begin with :"],
    [":/", "must not begin with :"],
    ["[[:alpha:]]", "must not contain a named class"],
    ["{".repeat(41), "must have at most 40 braces"],
    ["}".repeat(41), "must have at most 40 braces"],
    ["{,}", "must not be empty braces"],
    ["{1..101}", "must have at most 100 alternatives"],
    ["{1..999999999}", "must have at most 100 alternatives"],
    ["{a,b}".repeat(7), "must have at most 100 alternatives"],
    [`{1..50}${"x".repeat(100)}`, "must not be so long"],
    [
      `*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*{${Array.from({ length: 100 }, (_, at) => at)}}`,
      "must cost at most 2048 to compare, but costs 4890 (characters from the first wildcard on, and 16 for each alternative and each [): use fewer wildcards and alternatives, or name the directory, such as src/api/**"
    ],
    ["[a]".repeat(110), "must cost at most 2048 to compare, but costs 2106"],
    ["/src", "must be relative"],
    ["/", "must be relative"],
    ["{src,/etc}/x", "must be relative"],
    ["{,src}/x", "must be relative"],
    ["~/repo/src", "must be relative"],
    ["C:/repo", "must be relative"],
    ["..", "must not contain .."],
    ["src/../lib", "must not contain .."],
    ["src/{..,a}", "must not contain .."]
  ])("refuses %j", (glob, says) => {
    assert.include(globFault(glob), says)
  })
})

describe("globsFault", () => {
  const hundred = (glob: (at: number) => string) => Array.from({ length: 100 }, (_, at) => glob(at))

  it.each([
    ["nothing", []],
    ["a hundred long paths", hundred((at) => `${"x/".repeat(500)}${at}`)],
    ["a hundred globs of two kinds of files", hundred((at) => `packages/part${at}/src/**/*.test.{ts,tsx}`)]
  ])("takes %s", (_, globs) => {
    assert.isUndefined(globsFault(globs))
  })

  it("refuses what costs too much together", () => {
    assert.strictEqual(
      globsFault(hundred((at) => `src/${"*a".repeat(100)}${at}`)),
      "must cost at most 16384 to compare, but cost 21790 together (characters from the first wildcard on, and 16 for each alternative and each [): name directories, such as src/api/**, or split the step"
    )
  })
})
