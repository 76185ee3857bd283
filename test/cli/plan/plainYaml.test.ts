import { assert, describe, it } from "@effect/vitest"
import * as fc from "fast-check"
import { parseDocument } from "yaml"
import { plainYaml } from "../../../src/cli/plan/plainYaml.ts"
import { print } from "../../../src/cli/plan/print.ts"
import { ProjectName } from "../../../src/domain/Ids.ts"

const whole = (text: string) => {
  const document = parseDocument(text, { prettyErrors: false })
  return { faults: document.errors.map(({ message }) => message), value: document.toJS() as unknown }
}

/** What it reads is what the package reads, without a fault. Returns whether it read it. */
const agrees = (text: string): boolean => {
  const value = plainYaml(text)
  if (value !== undefined) assert.deepStrictEqual({ faults: [], value }, whole(text), JSON.stringify(text))
  return value !== undefined
}

/** Parts of texts that are plain, nearly so, or not at all. */
const parts = [
  ...[
    "\n",
    "\n",
    "\n  ",
    "\n    ",
    "\n- ",
    "\n  - ",
    "\n    - ",
    "\n\n",
    "\n ",
    "\n# c\n",
    "\n  # c",
    " # c",
    "#",
    " ",
    "  "
  ],
  ...["a: ", "b: ", "a:", "b:", "steps:", "num: ", "null: ", "__proto__: ", "toString: ", "constructor: ", "? a", ": "],
  ...[
    "x",
    "x y",
    "x: y",
    "x:y",
    "true",
    "null",
    "~",
    "yes",
    "NULL",
    "1",
    "0",
    "-1",
    "-0",
    "01",
    "1.5",
    "1e3",
    "0x1f",
    "1f",
    "12ab",
    "12e3"
  ],
  ...[
    '"q"',
    '"q\\n"',
    '"\\u0041"',
    '"\\x41"',
    '"un',
    "'s'",
    "'it''s'",
    "''",
    '""',
    '"a" b',
    "{ a: 1 }",
    "&x",
    "*x",
    "!t",
    "%",
    "@",
    "`"
  ],
  ...[
    "[]",
    "[1, 2]",
    "[1,]",
    "[,]",
    '["a", b/c.ts]',
    "[a b]",
    "[a: b]",
    "[true]",
    "[1",
    "]",
    "[[1]]",
    "[ 1 ] # c",
    "src/*"
  ],
  ...[
    "|",
    "|-",
    "|+",
    "|2",
    "| # c",
    ">",
    ">-",
    "---",
    "...",
    "\t",
    "\r",
    "\u0085",
    "\u2028",
    "\u00a0",
    "\u3000",
    "x\u2003",
    "\ufeff",
    "é",
    "語",
    "- ",
    "-"
  ]
]

const step = (num: number) => `  - num: ${num}\n    branch: b${num}\n    scope: api\n    files: ["a/*.ts"]\n`
const plan = `name: p\nbase_commit: 12ab\nsteps:\n${step(1)}    description: |-\n      one\n\n        two\n${step(2)}`

describe("plainYaml", () => {
  it("reads any text as the package does, or not at all", () => {
    let read = 0
    const count = (text: string) => {
      if (agrees(text)) read++
    }
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...parts), { maxLength: 14 }), (some) => count(`a: ${some.join("")}\n`)),
      { numRuns: 10_000 }
    )
    const places = fc.tuple(fc.nat(plan.length), fc.nat(2), fc.constantFrom("", ...parts))
    fc.assert(
      fc.property(fc.array(places, { minLength: 1, maxLength: 3 }), (changes) =>
        count(changes.reduce((text, [at, cut, put]) => text.slice(0, at) + put + text.slice(at + cut), plan))
      ),
      { numRuns: 10_000 }
    )
    assert.isAbove(read, 2000)
  })

  it("reads what plan export prints, and what other programs write", () => {
    const steps = [
      { num: 1, branch: "a", scope: "s", title: "One: two", description: "line\n\n  more\n", files: ["a b", "c/*.ts"] },
      { num: 2, branch: "b", scope: "s", depends_on: [1], estimate: 5, description: "last\n- line", status: "failed" }
    ] as const
    const printed = `${print({ name: ProjectName.make("null"), base_commit: "12e3", priority: -1, steps }).join("\n")}\n`
    const written =
      "base_commit: abc\nname: p\nsteps:\n- branch: b\n  depends_on:\n  - 1\n  - 2\n  files: []\n  num: 3\n  title: 'a: b'\n"
    for (const text of [printed, written, plan]) assert.isTrue(agrees(text), text)
  })

  it("leaves alone what is too deep", () => {
    const deep = Array.from({ length: 100 }, (_, at) => `${" ".repeat(at)}a:\n`).join("")
    assert.isFalse(agrees(deep))
  })
})
