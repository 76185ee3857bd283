import * as fc from "effect/FastCheck"
import { braceExpand, Minimatch } from "minimatch"
import { assert, describe, it } from "vitest"
import { type Files, globFault, ofGlob, ofPath } from "../../src/domain/Globs.ts"
import { firstOverlap, matches, overlap } from "../support/globs.ts"

/*
 * Another reading of globs, by minimatch, and every path that could tell two of them apart: what overlaps has a path in common.
 */

const options = { dot: true, nobrace: true, nocomment: true, noext: true, nonegate: true, platform: "linux" } as const

/** The glob without its braces, and each name in brackets both as a class and as it is spelled. */
const spellings = (glob: string): ReadonlyArray<string> =>
  braceExpand(glob).flatMap((alternative) =>
    alternative
      .split("/")
      .map((name) => (name.includes("[") ? [name, name.replace(/[[\]]/g, "\\$&")] : [name]))
      .reduce((starts, names) => starts.flatMap((start) => names.map((name) => `${start}/${name}`)), [""])
      .map((spelling) => spelling.slice(1))
  )

/** Whether minimatch finds the path in the glob, or a directory above it where what the glob finds may be one. */
const covered = (glob: string): ((path: string) => boolean) => {
  const patterns = spellings(glob).map((spelling) => ({
    minimatch: new Minimatch(spelling.endsWith("/") ? `${spelling}**` : spelling, options),
    isFile: /[^.[\\]\.[^.]+$/.test(spelling.replace(/.*\//, ""))
  }))
  return (path) => {
    const above = path.split("/").map((_, at, names) => names.slice(0, at + 1).join("/"))
    return patterns.some(({ minimatch, isFile }) =>
      isFile ? minimatch.match(path) : above.some((start) => minimatch.match(start))
    )
  }
}

const sequences = <A>(items: ReadonlyArray<A>, max: number): ReadonlyArray<ReadonlyArray<A>> =>
  max === 0 ? [[]] : [[], ...items.flatMap((item) => sequences(items, max - 1).map((rest) => [item, ...rest]))]

/** Whether one is a path without wildcards that the other leads through: then it is a directory, whatever its name. */
const isAbove = (one: string, other: string) => !/[*?[{]|\/$/.test(one) && other.startsWith(`${one}/`)

/** Each pair of globs overlaps exactly where one of the paths is covered by both. */
const assertExact = (globs: ReadonlyArray<string>, paths: ReadonlyArray<string>) => {
  const all = globs.map((glob) => {
    const isCovered = covered(glob)
    return { glob, files: [ofGlob(glob)], found: Uint8Array.from(paths, (path) => Number(isCovered(path))) }
  })
  let apart = 0
  all.forEach((one, at) => {
    for (const other of all.slice(at)) {
      const expected =
        isAbove(one.glob, other.glob) ||
        isAbove(other.glob, one.glob) ||
        one.found.some((isFound, index) => isFound === 1 && other.found[index] === 1)
      if (!expected) apart++
      if ((firstOverlap(one.files, other.files) !== undefined) !== expected) {
        assert.fail(`${one.glob} and ${other.glob} ${expected ? "overlap" : "do not overlap"}`)
      }
    }
  })
  assert.isAbove(apart, 100)
}

describe("exactly, by brute force", () => {
  // What two of them have in common shows within these names, and needs no more than both have besides **, here 2 + 2.
  it("directories", () => {
    const size = (glob: string) => glob.split("/").filter((name) => name !== "**").length + Number(glob.endsWith("**"))
    const globs = sequences(["a", "b", "a.b", "a*", "*b", "*.b", "?", "*", "**"], 4)
      .flatMap((names) => [names.join("/"), `${names.join("/")}/`])
      .filter((glob) => !/^\/?$/.test(glob) && !glob.includes("**/**") && size(glob) <= 2)
    const paths = sequences(["a", "b", "ab", "a.b"], 4).map((names) => names.join("/"))
    assertExact(globs, paths.slice(1))
  })

  // What two of them have in common is no longer than the characters of both besides *, here 3 + 3.
  it("stars within names", () => {
    const globs = sequences(["a", "b", "?", "*"], 5)
      .filter((characters) => characters.length > 0 && characters.filter((character) => character !== "*").length <= 3)
      .map((characters) => characters.join(""))
      .filter((glob) => !glob.includes("**"))
    const names = sequences(["a", "b", "c"], 6).map((characters) => characters.join(""))
    assertExact(globs, names.slice(1))
  })

  // Many stars, and braces that make many alternatives: what a comparison skips or remembers must not change its answer.
  it("globs that are costly to compare", () => {
    const globs = sequences(["a*", "*b", "?", "b", "c"], 2).flatMap((parts) => {
      const text = parts.join("")
      return [`a*${text}`, `{a,*b,?}${text}`, `${text}{a*,b}`].filter((glob) => !glob.includes("**"))
    })
    const names = sequences(["a", "b", "c"], 6).map((characters) => characters.join(""))
    assertExact(
      [...new Set(globs)].filter((glob) => glob !== "**"),
      names.slice(1)
    )
  })

  it("classes", () => {
    const classes = [
      "[ab]",
      "[!a]",
      "[^bc]",
      "[b-d]",
      "[!a-c]",
      "[a-]",
      "[-c]",
      "[]a]",
      "[!]]",
      "[a-c-e]",
      "[e-a]",
      "[d-bc]"
    ]
    const globs = sequences([...classes, "?", "a"], 2).map((characters) => characters.join(""))
    const names = sequences([..."abcde-[]!^"], 2).map((characters) => characters.join(""))
    // The only names of backward ranges are those that they spell.
    assertExact(globs.slice(1), [...names.slice(1), ...globs.slice(1)])
  })
})

const name = fc.stringOf(fc.constantFrom(..."aab-.[]!^*?{},$@+()|0é"), { minLength: 1, maxLength: 6 })
const glob = fc
  .array(fc.oneof(name, fc.constantFrom("**", "*", "a", "{a,b}", "[ab]*", "*.a")), { minLength: 1, maxLength: 4 })
  .chain((names) => fc.constantFrom(names.join("/"), `${names.join("/")}/`))
  .filter((text) => globFault(text) === undefined && !/(^|\/)[.[\]]+(\/|$)/.test(text))
const plainName = fc.stringOf(fc.constantFrom(..."aab-.[]!^0é"), { minLength: 1, maxLength: 4 })
const plainPath = fc
  .array(
    plainName.filter((text) => !/^\.+$/.test(text)),
    { minLength: 1, maxLength: 4 }
  )
  .map((names) => names.join("/"))

/** A path that the glob covers: its wildcards filled in. */
const within = (text: string, fill: string): string =>
  text
    .replace(/^\*\*\/|(?<=\/)\*\*\//g, "")
    .replace(/\*+/g, fill)
    .replace(/\?/g, "a")
    .replace(/\/$/, "/a")

describe("properties", () => {
  it("a name matches where minimatch says so", () => {
    fc.assert(
      fc.property(name, plainName, (pattern, text) => {
        fc.pre(globFault(pattern) === undefined && !braceExpand(pattern).includes(".") && !/^\.+$/.test(text))
        for (const path of [text, within(pattern, text).replaceAll("/", "")]) {
          fc.pre(!/^\.*$/.test(path))
          assert.strictEqual(matches(pattern, path), covered(pattern)(path))
        }
      }),
      { numRuns: 3_000 }
    )
  })

  it("a path that minimatch finds matches", () => {
    fc.assert(
      fc.property(glob, plainPath, plainName, (pattern, path, fill) => {
        for (const touched of [path, within(pattern, fill)])
          if (covered(pattern)(touched)) assert.isTrue(matches(pattern, touched))
      }),
      { numRuns: 2_000 }
    )
  })

  it("a path without wildcards matches as it overlaps, if it is a file", () => {
    fc.assert(
      fc.property(glob, plainPath, (pattern, path) => {
        fc.pre(!/[[!]/.test(path))
        assert.strictEqual(matches(pattern, `${path}x.ts`), overlap(pattern, `${path}x.ts`))
        assert.strictEqual(matches(pattern, `${path}/`), overlap(pattern, `${path}/`))
        if (matches(pattern, path)) assert.isTrue(overlap(pattern, path))
      })
    )
  })

  it("what two globs cover makes them overlap, whichever comes first", () => {
    fc.assert(
      fc.property(glob, glob, plainPath, (a, b, path) => {
        assert.isTrue(overlap(a, a))
        assert.strictEqual(overlap(a, b), overlap(b, a))
        for (const shared of [path, within(a, "a"), within(b, "a")]) {
          if (covered(a)(shared) && covered(b)(shared)) assert.isTrue(overlap(a, b))
        }
      }),
      { numRuns: 1_000 }
    )
  })

  it("braces overlap where one of their alternatives does", () => {
    fc.assert(
      fc.property(glob, glob, glob, (a, b, other) => {
        fc.pre(![a, b].some((text) => /[{},]/.test(text)))
        assert.strictEqual(overlap(`{${a},${b}}`, other), overlap(a, other) || overlap(b, other))
      })
    )
  })

  it("lists overlap where a pair does", () => {
    const some = fc.array(fc.oneof(glob.map(ofGlob), plainPath.map(ofPath)), { maxLength: 8 })
    fc.assert(
      fc.property(some, some, (as, bs) => {
        const pairs = (a: Files) => bs.filter((b) => firstOverlap([a], [b]) !== undefined).map((b) => b.text)
        const first = as.find((a) => pairs(a).length > 0)
        const found = firstOverlap(as, bs)
        assert.strictEqual(found?.[0], first?.text)
        if (first !== undefined) assert.include(pairs(first), found?.[1])
      }),
      { numRuns: 500 }
    )
  })
})
