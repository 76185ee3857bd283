import { existsSync, readdirSync, readFileSync } from "node:fs"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import { assert, describe, it } from "vitest"
import { pages, regenerate, urlOf } from "../scripts/docsParts.ts"
import { load } from "../src/layers/config/SettingsConfig.ts"

const read = (page: string): string => readFileSync(urlOf(page), "utf8")

const folder = readdirSync(urlOf("docs"))
  .filter((name) => name.endsWith(".md"))
  .map((name) => `docs/${name}`)

describe("generated parts", () => {
  for (const page of pages) {
    it(`${page} says what the code says`, () => {
      const text = read(page)
      assert.include(text, "<!-- generated: ")
      assert.strictEqual(
        text,
        regenerate(text),
        `${page} differs from the code: run \`npm run docs\` and commit the page`
      )
    })
  }

  it("no other page has any", () => {
    const others = ["README.md", ...folder].filter((page) => !pages.includes(page))
    assert.deepStrictEqual(
      others.filter((page) => read(page).includes("<!-- generated: ")),
      []
    )
  })
})

describe("docs/settings.md", () => {
  /** Default of each variable in the table. */
  const defaults = new Map(
    [...read("docs/settings.md").matchAll(/^\| `(\w+)` \| `(.+?)` \|/gm)].map(
      ([, name, value]) => [name, value] as const
    )
  )

  /** Loads the settings; returns what they are and which variables were read. */
  const loadFrom = (variables: ReadonlyMap<string | undefined, string | undefined>) => {
    const names = new Set<string>()
    const provider = ConfigProvider.fromFlat(
      ConfigProvider.makeFlat({
        load: (path, primitive) => {
          names.add(path.join("_"))
          return Effect.map(primitive.parse(variables.get(path.join("_")) ?? ""), (value) => [value])
        },
        enumerateChildren: () => Effect.die("settings are no tree"),
        patch: { _tag: "Empty" }
      })
    )
    return { environment: Effect.runSync(Effect.withConfigProvider(load, provider)), names }
  }

  it("names each variable that hq reads, and no other", () => {
    const { names } = loadFrom(new Map())
    assert.sameMembers([...defaults.keys()], [...names])
  })

  it("names their defaults", () => {
    const unset = loadFrom(new Map()).environment
    assert.deepStrictEqual(loadFrom(defaults).environment, unset)
  })
})

describe("links", () => {
  /** Names under which a page's headings can be linked to. */
  const anchors = (page: string): ReadonlyArray<string> =>
    [...read(page).matchAll(/^#+ (.+)$/gm)].map(([, title = ""]) =>
      title
        .toLowerCase()
        .replace(/[^\p{L}\p{N} _-]/gu, "")
        .replaceAll(" ", "-")
    )

  for (const page of ["README.md", "CHANGELOG.md", "CONTRIBUTING.md", ...folder]) {
    it(`of ${page} lead somewhere`, () => {
      for (const [, target = "", anchor] of read(page).matchAll(/\]\((?!https?:)([^)#]*)(?:#([^)]+))?\)/g)) {
        const url = target === "" ? urlOf(page) : new URL(target, urlOf(page))
        assert.isTrue(existsSync(url), `${page} links to ${target}, which does not exist`)
        const other = url.href.slice(urlOf("").href.length)
        if (anchor !== undefined) assert.include(anchors(other), anchor, `${page} links to a heading of ${other}`)
      }
    })
  }

  it("lead from README to every page", () => {
    const linked = [...read("README.md").matchAll(/\]\((docs\/[^)#]+)\)/g)].map(([, target]) => target)
    assert.includeMembers(linked, folder)
  })
})
