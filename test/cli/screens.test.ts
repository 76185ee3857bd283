import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { stripVTControlCharacters } from "node:util"
import { afterAll, assert, describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import stringWidth from "string-width"
import { groups } from "../../src/cli/commands.ts"
import { cli } from "../support/cli.ts"
import { fillFile } from "../support/commandCases.ts"
import { tempFolder } from "../support/temp.ts"

/** A change of the project myapp, and a plan with faults, in the current folder. */
const files = {
  "change.yaml": [
    "name: myapp",
    "steps:",
    ...Array.from({ length: 8 }, (_, at) => `  - { num: ${at + 1}, branch: step${at + 1}/work, scope: api }`).slice(
      0,
      7
    ),
    "  - num: 10",
    "    title: A title that is so long that it does not fit on a terminal of eighty columns, not at all",
    "    branch: step10/work",
    "    scope: ui",
    "    depends_on: [2, 5]",
    ""
  ].join("\n"),
  "wrong.yaml": "name: myapp\nsteps:\n  - num: 0\n    branch: x\n    scope: y\n    depnds_on: [1]\n"
}

/** What a person types, each on a plan of its own. The commands that look have their own screens. */
const lines: Readonly<Record<string, ReadonlyArray<string>>> = {
  act: [
    "recover myapp#3",
    "recover myapp#3 myapp#5",
    "recover --failed --dry-run",
    "release myapp#2 --force",
    "release myapp#5",
    "pause myapp",
    "resume myapp",
    "abort myapp",
    "priority myapp",
    "priority myapp 7",
    "merge myapp#1 abc123",
    "reopen myapp#1 --reason untested",
    "reopen myapp#5 --reason untested",
    "delete myapp",
    "delete myapp --yes --force",
    "delete myap --yes"
  ],
  plan: [
    "plan export myapp",
    "plan check change.yaml",
    "plan check wrong.yaml",
    "plan diff change.yaml",
    "plan import change.yaml",
    "plan import change.yaml --yes",
    "plan edit myapp"
  ],
  keep: ["export all.jsonl", "import none.jsonl", "restore none.db"],
  tools: ["mcp install --client claude", "mcp install --client codex --print", "completion ksh"],
  help: [
    "--help",
    "plan --help",
    "statsu",
    ...groups.flatMap(({ entries }) => entries.map(({ path }) => `${path.join(" ")} --help`))
  ]
}

/** Colours by their numbers, so that a person can read the snapshot. */
const readable = (text: string) =>
  text
    .split("\u001b[")
    .map((part, at) => (at === 0 ? part : part.replace(/^(\d+)m/, "‹$1›")))
    .join("")

const before = process.cwd()
afterAll(() => process.chdir(before))

describe("what a person sees", () => {
  for (const columns of [80, 140]) {
    for (const [name, all] of Object.entries(lines)) {
      it.live(`of ${name}, at ${columns} columns`, () =>
        Effect.gen(function* () {
          const screens: Array<string> = []
          for (const line of all) {
            const folder = tempFolder()
            const file = join(folder, "hq.db")
            yield* fillFile(file)
            for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text)
            process.chdir(folder)
            const words = line.split(" ")
            const {
              code,
              err: asked,
              out
            } = yield* cli(file, words, {
              ...{ columns, answers: ["n"], environment: { EDITOR: "true" } },
              place: { home: folder, folder }
            })
            // The terminal shows what the person types.
            const err = asked.replace("[y/N] ", "[y/N] n\n")
            for (const text of stripVTControlCharacters(out + err).split("\n")) {
              // A path stays whole, so that it can be copied.
              if (!text.includes(folder)) assert.isAtMost(stringWidth(text), columns, text)
            }
            screens.push(`$ hq ${line} (${code})`, readable(out + err).replaceAll(folder, "@"))
          }
          expect(screens.join("\n")).toMatchSnapshot()
        })
      )
    }
  }
})
