import { assert, describe, it } from "vitest"
import { finder, isSpent, settle, type Work } from "../../src/domain/GlobOverlaps.ts"
import { type Files, globFault, globsFault, ofGlob, ofPath } from "../../src/domain/Globs.ts"
import { cpuTime } from "../support/cpuTime.ts"
import { firstOverlap, matches, overlap } from "../support/globs.ts"

describe("overlap", () => {
  it.each([
    ["a file and itself", "src/a.ts", "src/a.ts", true],
    ["two files", "src/a.ts", "src/b.ts", false],
    ["letters of another case", "README.md", "readme.md", true],
    ["letters of another case in a directory", "SRC/Ä/*.ts", "src/ä/A.TS", true],
    ["letters of another case in a class", "[A-C].ts", "b.ts", true],
    ["letters of another case in classes", "[Ä]", "[ä]", true],
    ["letters of another case in a negated class", "[!A-C].ts", "b.ts", false],
    ["letters of another case in a class and its negation", "[A-C]", "[!a-c]", false],
    ["a composed letter and a decomposed one", "src/\u00e4.ts", "src/a\u0308.ts", true],
    ["the same with wildcards", "\u00c4*", "a\u0308b", true],
    ["a file and its directory", "src/api/a.ts", "src", true],
    ["a directory and a name that begins like it", "src", "src2/a.ts", false],
    ["a directory with a slash and what lies below", "src/", "src/a.ts", true],
    ["what lies below and the way to it", "src/api/", "src/api", true],
    ["everything", ".", "src/a.ts", true],
    ["a path with dots and slashes too many", "./src//./api", "src/api", true],
    ["a star and a file", "src/*.ts", "src/a.ts", true],
    ["a star and a file further down", "src/*.ts", "src/api/a.ts", false],
    ["a star that may stand for a directory", "src/*", "src/api/a.ts", true],
    ["stars from both ends", "src/a*", "src/*b", true],
    ["different ends", "*.ts", "*.js", false],
    ["the same directory between any others", "src/**/test/*.ts", "src/api/test/**", true],
    ["another file of any directory", "**/a.ts", "src/**/b.ts", false],
    ["another kind of files", "src/**/*.ts", "src/**/*.css", false],
    ["a file and files of any directory", "package.json", "**/*.ts", false],
    ["a directory and files of any directory", "src/api", "**/*.ts", true],
    ["a directory of any directory and its files", "**/test", "src/**/*.ts", true],
    ["a hidden directory", ".github", "**/*.yml", true],
    ["a directory with a dot and files of any directory", "lib/v1.2", "**/*.ts", false],
    ["a directory with a dot and what is said to lie below", "lib/v1.2", "lib/v1.2/**/*.ts", true],
    ["a directory with a dot and a slash", "lib/v1.2/", "**/*.ts", true],
    ["a directory with a dot, with and without a slash", "lib/v1.2/", "lib/v1.2", true],
    ["a directory that catches all", "app/[...slug]", "app/[...slug]/page.tsx", true],
    ["any extension", "a.*", "a.ts/b.ts", false],
    ["a class as extension", "a.[jt]s", "a.ts", true],
    ["a file at the top and in any directory", "**/a.ts", "a.ts", true],
    ["** in a row", "a/**/**/b", "a/b", true],
    ["** within a name is one star", "src/a**b", "src/a/b", false],
    ["a name too short for both", "a?", "?", false],
    ["a star may be empty", "a*", "a", true],
    ["dots need no special mention", "*", ".env", true],
    ["classes with a common character", "[a-c]", "[c-e]", true],
    ["classes without one", "[a-c]", "[d-f]", false],
    ["a class and its negation", "[ab]", "[!ab]", false],
    ["two negations", "[!a]", "[^b]", true],
    ["classes that have only the slash in common", "[.-0]", "[!.0]", false],
    ["a negated class and the slash", "a[!b]c", "a/c", false],
    ["a class up to the last character", "[!\u0001-\uffff]", "[b-\uffff]", false],
    ["a bracket as the first of a class", "[]a]", "[]]", true],
    ["a bracket as the first of a negated class", "[!]a]", "a", false],
    ["a hyphen at the end of a class", "[a-]", "-", true],
    ["a bracket that nothing closes", "[a", "[a", true],
    ["a name in brackets", "app/[id]/page.tsx", "app/*id]/page.tsx", true],
    ["a name in brackets that is no range", "app/[user-id]/a", "app/r/a", false],
    ["a name in brackets and its class", "app/[id]/page.tsx", "app/i/page.tsx", true],
    ["braces", "src/{api,web}/a", "src/{web,db}/a", true],
    ["braces without a common path", "src/{api,web}", "src/{ui,db}", false],
    ["braces across directories", "{src/api,lib}/*.ts", "src/*/a.ts", true],
    ["braces that are none", "{{name}}/a", "{{name}}", true],
    ["parentheses are characters", "app/(group)/a", "app/group/a", false],
    ["half of a character beyond 16 bits", "?", "🙂", false],
    ["all of it", "??", "🙂", true]
  ])("%s: %s and %s", (_, a, b, expected) => {
    assert.strictEqual(overlap(a, b), expected)
    assert.strictEqual(overlap(b, a), expected)
  })
})

describe("matches", () => {
  it.each([
    ["src/**/*.ts", "src/a.ts", true],
    ["src/**/*.ts", "src/a/b/c.ts", true],
    ["src/**/*.ts", "lib/a.ts", false],
    ["src", "src/a/b/c.ts", true],
    ["src/a.ts", "src/a.ts/b.ts", true],
    ["src/*.ts", "src/a.ts/b.ts", false],
    ["src/*.TS", "SRC/A.ts", true],
    ["src/\u00e4.ts", "src/A\u0308.ts", true],
    ["src/api/a.ts", "src/api", true],
    ["src/api/a.ts", "src/api/", true],
    ["src/**", "src", true],
    ["src/*/a.ts", "src/api", false],
    ["*.md", "docs/a.md", false],
    ["**/*.ts", "Makefile", false],
    ["**/*.ts", "src/api/", true],
    ["src/api/", "src/api", true],
    ["a", "*", false],
    ["a/b", "**", false],
    ["app/[id]/*.tsx", "app/[id]/page.tsx", true],
    ["app/x/*.tsx", "app/[x]/page.tsx", false],
    ["{{name}}/**", "{{name}}/a.py", true]
  ])("%s and the path %s: %s", (glob, path, expected) => {
    assert.strictEqual(matches(glob, path), expected)
  })
})

describe("firstOverlap", () => {
  const globs = (...texts: ReadonlyArray<string>): ReadonlyArray<Files> => texts.map(ofGlob)
  const paths = (...texts: ReadonlyArray<string>): ReadonlyArray<Files> => texts.map(ofPath)

  it("names the first that overlaps, and one that it overlaps with", () => {
    const declared = globs("docs/*.md", "src/{api,web}/**", "test")
    assert.deepStrictEqual(firstOverlap(globs("lib", "*/web/a.ts", "test"), declared), [
      "*/web/a.ts",
      "src/{api,web}/**"
    ])
    assert.deepStrictEqual(firstOverlap(paths("lib", "test/a.ts"), declared), ["test/a.ts", "test"])
  })

  it("finds none where none is", () => {
    assert.isUndefined(firstOverlap(globs("src/*.ts"), globs("src/*.js", "lib")))
    assert.isUndefined(firstOverlap([], globs("**")))
    assert.isUndefined(firstOverlap(globs("**"), []))
  })

  it("reads a list once for many", () => {
    const lists = [globs("src/api", "src/web/*.ts"), globs("src/**/b.ts"), globs("docs")]
    const find = finder(
      lists.map((globs, owner) => ({ owner, globs })),
      { left: 10_000 }
    )
    const found = (as: ReadonlyArray<Files>) => [...find(as).found]
    assert.deepStrictEqual(found(globs("src")), [
      [0, ["src", "src/api"]],
      [1, ["src", "src/**/b.ts"]]
    ])
    assert.deepStrictEqual(found(paths("src/web/a.ts")), [[0, ["src/web/a.ts", "src/web/*.ts"]]])
    assert.deepStrictEqual(found(paths("src/web/a.js")), [])
  })
})

describe("work", () => {
  /** As many globs as one step may have. */
  const most = (glob: (index: number) => string): ReadonlyArray<string> => {
    const found: Array<string> = []
    while (found.length < 100 && globsFault([...found, glob(found.length)]) === undefined) {
      assert.isUndefined(globFault(glob(found.length)))
      found.push(glob(found.length))
    }
    return found
  }
  const numbers = Array.from({ length: 40 }, (_, at) => at).join(",")

  // Lists that do not overlap, so that every pair is compared to its end. What each pair takes is a bound of what any such lists take.
  it.each([
    ["stars", (end: string) => (at: number) => `${"a*".repeat(470)}${"a".repeat(at)}${end}?.t`],
    ["question marks", (end: string) => (at: number) => `${"?".repeat(300)}*${"?".repeat(at)}${end}?.t`],
    ["classes", (end: string) => (at: number) => `${"*[a-y]*[a-z]*[b-z]".repeat(12)}${at}${end}?.t`],
    ["braces", (end: string) => (at: number) => `*a*a*${at}{${numbers}}*${end}?.t`],
    ["directories", (end: string) => (at: number) => `${"**/a/*b/".repeat(100)}x${at}/${end}?.t`]
  ])("of two lists with as many %s as may be stored is bounded", (_, ending) => {
    const [as, bs] = ["x", "y"].map((end) => most(ending(end)).map(ofGlob))
    const work: Work = { left: 1_000_000_000 }
    const { found, unsettled } = finder([{ owner: 1, globs: bs }], work)(as)
    assert.strictEqual(found.size, 0)
    assert.lengthOf(unsettled, 0)
  })

  it("that is spent ends a long search, even where every answer is known", () => {
    const work: Work = { left: 10_000_000 }
    const others = Array.from({ length: 10_002 }, (_, at) => ofGlob(`src/x${at}`))
    const wanted = ofGlob("src/*z")
    const find = finder([{ owner: 1, globs: others }], work)
    const [path] = wanted.alternatives
    for (const other of others) {
      for (const one of other.alternatives) settle([path as (typeof wanted.alternatives)[number], one], { left: 0 })
    }
    assert.strictEqual(find([wanted]).found.size, 0)
    work.left = -1
    assert.strictEqual(find([wanted]).found.size, 1)
  })

  it("does not suffice for globs that cost more than may be stored: they count as an overlap", () => {
    const globs = ["x", "y"].map((letter) => ofGlob(`${`a*${letter}`.repeat(4_000)}b`))
    const [one, other] = globs.flatMap(({ alternatives }) => alternatives)
    settle([one as NonNullable<typeof one>, other as NonNullable<typeof other>], { left: 0 })
    const [as, bs] = globs as [Files, Files]
    assert.strictEqual(finder([{ owner: 1, globs: [bs] }], { left: 1_000_000 })([as]).found.size, 1)
  })

  it("forgets answers once it has remembered very many", () => {
    const [one, other] = [ofGlob("src/*a"), ofGlob("src/b*a")].flatMap(({ alternatives }) => alternatives)
    const pair = [one as NonNullable<typeof one>, other as NonNullable<typeof other>] as const
    for (let at = 0; at <= 50_000; at++) settle(pair, { left: 0 })
    const work: Work = { left: 1_000 }
    settle(pair, work)
    assert.isFalse(isSpent(work))
  })

  it("that is spent leaves overlaps, which are settled afterwards", () => {
    const [as, bs] = ["xX", "yY"].map((end) => [ofGlob(`${"a*".repeat(470)}[${end}]`)])
    const work: Work = { left: 1_000 }
    const { found, unsettled } = finder([{ owner: 1, globs: bs }], work)(as)
    assert.isTrue(isSpent(work))
    assert.isAbove(work.left, -2_000)
    assert.strictEqual(found.size, 1)
    assert.lengthOf(unsettled, 1)
    for (const pair of unsettled) settle(pair, { left: 0 })
    assert.isUndefined(firstOverlap(as as ReadonlyArray<Files>, bs as ReadonlyArray<Files>, { left: 1_000 }))
  })

  it("that is spent is exceeded by little, however much there is to compare", () => {
    const globs = Array.from({ length: 100 }, (_, at) => ofGlob(`*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*{0..99}${at}[xy]`))
    const others = Array.from({ length: 100 }, (_, at) => ofGlob(`*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*{0..99}${at}[vw]`))
    const work: Work = { left: 100_000 }
    const find = finder([{ owner: 1, globs: others }], { left: 10_000_000 })
    assert.strictEqual(finder([{ owner: 1, globs: others }], work)(globs).found.size, 1)
    assert.isAbove(work.left, -1_000_000)
    assert.strictEqual(find([]).found.size, 0)
  })

  it("that does not suffice to parse a list leaves overlaps", () => {
    const lists = [{ owner: 1, globs: undefined }]
    assert.deepStrictEqual([...finder(lists, { left: 10 })([ofGlob("a")]).found], [[1, ["a", "**"]]])
    assert.strictEqual(finder(lists, { left: 10 })([]).found.size, 0)
    const known = [{ owner: 1, globs: [ofGlob("b")] }]
    assert.deepStrictEqual([...finder(known, { left: 1_000 })(undefined).found], [[1, ["**", "b"]]])
    assert.deepStrictEqual([...finder(known, { left: -1 })([ofGlob("a")]).found], [[1, ["a", "b"]]])
  })
})

describe("speed", () => {
  const inTime = <A>(milliseconds: number, run: () => A): A => {
    const since = cpuTime()
    const result = run()
    assert.isBelow(cpuTime() - since, milliseconds)
    return result
  }
  const many = (count: number, text: (index: number) => string) => Array.from({ length: count }, (_, at) => text(at))

  // Takes 3 ms on an idle machine.
  it("compares a hundred globs with a hundred", () => {
    const globs = (area: string) =>
      many(100, (at) => `${["src", "test", "docs", "lib/*"][at % 4]}/${area}/${at}/**/*.{ts,tsx}`)
    inTime(300, () => assert.isUndefined(firstOverlap(globs("api").map(ofGlob), globs("web").map(ofGlob))))
  })

  it("compares thousands of touched files", () => {
    const touched = (name: string) => many(10_000, (at) => `src/part${at % 50}/${name}${at}.ts`).map(ofPath)
    inTime(2_000, () => assert.isUndefined(firstOverlap(touched("api"), touched("web"))))
  })

  // A regular expression needs longer than the universe is old.
  it.each([
    ["stars", `${"*a".repeat(500)}*b`, "a".repeat(1_000)],
    ["stars and stars", `${"*a".repeat(500)}b`, `${"*a".repeat(500)}c`],
    ["directories", `${"**/a/".repeat(200)}b`, `${"a/".repeat(500)}c/`],
    ["braces", `${"{a,b}".repeat(6)}/${"*a".repeat(20)}b`, `${"{a,b}".repeat(6)}/${"*a".repeat(20)}c`]
  ])("is not held up by %s", (_, a, b) => {
    inTime(2_000, () => overlap(a, b))
  })

  it.each([
    `${"{".repeat(20)}a,b${"}".repeat(20)}`,
    `${"{a}".repeat(10)}${"}".repeat(20)}${",".repeat(900)}}`,
    `{${",".repeat(1_000)}}`,
    "{1..99999}".repeat(20),
    `{${"0".repeat(900)}..99999}`
  ])("nor by the reading of braces", (glob) => {
    inTime(500, () => globFault(glob))
  })
})
