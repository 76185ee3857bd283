import { writeFileSync } from "node:fs"
import { userInfo } from "node:os"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as fc from "fast-check"
import { check } from "../../../src/cli/plan/check.ts"
import { diff } from "../../../src/cli/plan/diff.ts"
import { exportPlan } from "../../../src/cli/plan/export.ts"
import { importCommand } from "../../../src/cli/plan/import.ts"
import { parse } from "../../../src/cli/plan/parse.ts"
import { print } from "../../../src/cli/plan/print.ts"
import { visible } from "../../../src/cli/text/visible.ts"
import { ProjectName } from "../../../src/domain/Ids.ts"
import { cli, lastEvent, onFile, stored } from "../../support/cli.ts"
import { hq } from "../../support/hq.ts"
import { tempDatabase } from "../../support/temp.ts"

const human = `human:${userInfo().username}`

/** A plan file of that text. */
const planFile = (text: string): string => {
  const file = join(tempDatabase(), "..", "plan.yaml")
  writeFileSync(file, text)
  return file
}

const plan = `# How we do it
name: p
base_commit: "1234567"
unblock_on: merged
priority: 3
steps:
  - num: 1 # the base
    title: "Parser: first part"
    branch: parser
    scope: api
    files: [ "src\\\\parse/**" ]
    estimate: 30
    description: |
      Read the whole file.

      Done when the tests pass.
  - { num: 2, branch: "on", scope: ui, depends_on: [1], priority: -5 }
  - num: 3
    title:
    branch: last
    scope: ui
    depends_on: [1, 2]
`

const imported = Effect.gen(function* () {
  const db = tempDatabase()
  yield* cli(db, ["plan", "import", planFile(plan), "--yes"])
  return db
})

const read = <A, I>(schema: Schema.Schema<A, I>, json: string): A => Schema.decodeUnknownSync(schema)(JSON.parse(json))

describe("hq plan import", () => {
  it.effect("makes a project, in the name of the person", () =>
    Effect.gen(function* () {
      const db = tempDatabase()
      const file = planFile(plan)
      const dry = yield* cli(db, ["plan", "import", file, "--dry-run"])
      assert.strictEqual(
        dry.out,
        "New project p\n+ step 1  parser  Parser: first part\n+ step 2  on\n+ step 3  last\nSteps: 3 added.\n"
      )
      const mute = yield* cli(db, ["plan", "import", file])
      assert.deepStrictEqual([mute.code, mute.out], [2, ""])
      assert.include(mute.err, `Run: hq plan import --yes ${file}`)
      const asked = yield* cli(db, ["plan", "import", file], { answers: ["y"] })
      assert.strictEqual(asked.out, "Made the plan of p, now at revision 1: 3 added.\n")
      assert.include(asked.err, "+ step 3  last")
      assert.deepInclude(yield* lastEvent(db), { agent_id: human, event_type: "added", project_id: 1 })
      const step = yield* onFile(db, hq.get(1))
      assert.deepInclude(step as object, {
        title: "Parser: first part",
        files: ["src/parse/**"],
        estimate_minutes: 30,
        description: "Read the whole file.\n\nDone when the tests pass.\n"
      })
      assert.deepStrictEqual((yield* onFile(db, hq.get(3))).depends_on, [1, 2])
      const again = yield* cli(db, ["plan", "import", file])
      assert.deepStrictEqual([again.code, again.out], [0, "The plan of p is as the file has it: nothing changes.\n"])
    })
  )

  it.effect("brings an existing plan to what the file says, and takes away what it leaves out", () =>
    Effect.gen(function* () {
      const db = yield* imported
      const file = planFile(
        [
          "name: p",
          "priority: 4",
          "steps:",
          "  - { num: 1, branch: parser, scope: api, files: [src/parse/**] }",
          "  - { num: 3, branch: last, scope: ui, depends_on: [1, 4] }",
          "  - { num: 4, branch: new, scope: ui, title: New }"
        ].join("\n")
      )
      const shown = yield* cli(db, ["plan", "diff", file])
      assert.strictEqual(
        shown.out,
        [
          "Project p",
          "~ priority: 3 -> 4",
          "+ step 4  new  New",
          "~ step 1",
          '    title: "Parser: first part" -> none',
          "    estimate: 30 -> none",
          '    description: "Read the whole file.\\n\\nDone when the tests pass.\\n" -> none',
          "~ step 3",
          "    depends_on: +4 -2",
          "- step 2",
          "Steps: 1 added, 2 changed, 1 cancelled.",
          ""
        ].join("\n")
      )
      const change = read(diff.answer, (yield* cli(db, ["plan", "diff", file, "--json"])).out)
      const done = read(importCommand.answer, (yield* cli(db, ["plan", "import", file, "--yes", "--json"])).out)
      assert.deepInclude(done, { ...change, revision: 2, dry_run: false })
      const first = yield* onFile(db, hq.get(1))
      assert.deepStrictEqual(
        [first.title, first.description, first.estimate_minutes],
        [undefined, undefined, undefined]
      )
      assert.deepStrictEqual((yield* onFile(db, hq.get(3))).depends_on, [1, 4])
      assert.strictEqual((yield* onFile(db, hq.get(2))).status, "cancelled")
      assert.deepInclude(yield* lastEvent(db), { agent_id: human })
    })
  )

  it.effect("makes several calls of a change that is too large for one, so that no step opens early", () =>
    Effect.gen(function* () {
      const db = tempDatabase()
      const long = "x".repeat(60_000)
      const chain = (described: string) =>
        JSON.stringify({
          name: "big",
          base_commit: "abc",
          steps: Array.from({ length: 700 }, (_, at) => ({
            num: 700 - at,
            branch: `b${at}`,
            scope: "api",
            ...(at === 699 ? {} : { depends_on: [699 - at] }),
            ...(at < 40 ? { description: described } : {})
          }))
        })
      const run = (text: string) => cli(db, ["plan", "import", planFile(text), "--yes", "--json"])
      assert.strictEqual(read(importCommand.answer, (yield* run(chain(long))).out).revision, 3)
      const edited = chain("short").replaceAll('"scope":"api"', '"scope":"ui"')
      assert.strictEqual(read(importCommand.answer, (yield* run(edited)).out).revision, 6)
      const reversed = edited
        .replace('"num":1,', '"num":1,"depends_on":[2],')
        .replace('"scope":"ui","depends_on":[1]', '"scope":"ui"')
      const turned = reversed.replaceAll('"scope":"ui"', '"scope":"api"')
      const { code, out } = yield* run(turned)
      assert.strictEqual(code, 2)
      assert.include(out, "turns dependencies around")
      assert.strictEqual((yield* run(reversed)).code, 0)
    })
  )

  it.effect("refuses a name that differs from another project's in case alone", () =>
    Effect.gen(function* () {
      const db = yield* imported
      const taken = yield* cli(db, ["plan", "import", planFile(plan.replace("name: p", "name: P")), "--yes"])
      assert.strictEqual(taken.code, 4)
      assert.include(taken.err, 'A project named "p" exists already')
    })
  )
})

describe("hq plan check", () => {
  const faultsOf = (text: string) =>
    Effect.map(cli(tempDatabase(), ["plan", "check", planFile(text)]), ({ code, err }) => {
      assert.strictEqual(code, 2)
      return err.trim().split("\n  ").slice(1)
    })

  it.effect("counts what a right plan has", () =>
    Effect.gen(function* () {
      const { code, out } = yield* cli(tempDatabase(), ["plan", "check", planFile(plan), "--json"])
      assert.strictEqual(code, 0)
      assert.deepStrictEqual(read(check.answer, out), { project: "p", steps: 3, dependencies: 3 })
    })
  )

  it.effect("says in words that a plan is right, or names its faults in the order of lines", () =>
    Effect.gen(function* () {
      const db = tempDatabase()
      const right = yield* cli(db, ["plan", "check", planFile(plan)])
      assert.deepStrictEqual(right, { code: 0, out: "The plan is right: p, 3 steps, 3 dependencies.\n", err: "" })
      const small = 'name: p\nbase_commit: "1"\nsteps: [{ num: 1, branch: b, scope: s }]\n'
      assert.include((yield* cli(db, ["plan", "check", planFile(small)])).out, " p, 1 step, 0 dependencies.")
      const wrong = planFile(
        "name: p\nbase_commit: abc\nsteps:\n  - num: 2\n    branch: b\n    scope: s\n    depends_on: [7]\n\n  # twice\n  - num: 2\n    branch: c\n    scope: s\n    depends_on: [8, 2]\n"
      )
      assert.deepStrictEqual(yield* cli(db, ["plan", "check", wrong]), {
        code: 2,
        out: "",
        err: [
          `hq: The plan in ${wrong} is wrong, and nothing was changed.`,
          "  line 7: steps.0.depends_on.0 there is no step 7 in this plan",
          "  line 10: steps.1.num 2 is already used above",
          "  line 13: steps.1.depends_on.0 there is no step 8 in this plan",
          "  line 13: steps.1.depends_on.1 step 2 cannot depend on itself\n"
        ].join("\n")
      })
    })
  )

  it.effect("names every fault of the fields with its line", () =>
    Effect.gen(function* () {
      const text =
        "name: p\nsteps:\n  - step_num: 1\n    branch: -x\n    scope: 12\n  - num: 2\n    branch: b\n    titl: T\n"
      assert.deepStrictEqual(yield* faultsOf(text), [
        "line 3: steps.0.step_num is no field of a step: did you mean num?",
        "line 3: steps.0.num is missing",
        "line 4: steps.0.branch must not begin with -",
        "line 5: steps.0.scope must be a string: put it in quotes",
        "line 6: steps.1.scope is missing",
        "line 8: steps.1.titl is no field of a step: did you mean title?"
      ])
    })
  )

  it.effect("names every fault of the graph with its line, in JSON too", () =>
    Effect.gen(function* () {
      const step = (num: number, on: ReadonlyArray<number>) => ({ num, branch: "b", scope: "s", depends_on: on })
      const steps = [step(1, [2]), step(2, [1]), step(3, [9]), step(3, [])]
      const text = JSON.stringify({ name: "p", base_commit: "c", steps }, null, 1)
      const faults = yield* faultsOf(text)
      assert.deepStrictEqual(faults, [
        "line 9: steps.0.depends_on the dependencies form a cycle: 1 -> 2 -> 1",
        "line 26: steps.2.depends_on.0 there is no step 9 in this plan",
        "line 30: steps.3.num 3 is already used above"
      ])
    })
  )

  it.effect("says where the text is no YAML, and what a new project needs", () =>
    Effect.gen(function* () {
      assert.match((yield* faultsOf("name: p\nsteps: [\n")).join(), /^line 3: /)
      assert.deepStrictEqual(yield* faultsOf("name: p\nsteps: []\n"), [
        "line 1: base_commit is missing: a new project needs the commit that worktrees start from",
        "line 2: steps must have at least 1 step"
      ])
      assert.deepStrictEqual(yield* faultsOf("just a text"), ["line 1: must be an object"])
    })
  )

  it.effect("names what cannot be changed any more", () =>
    Effect.gen(function* () {
      const db = yield* imported
      yield* onFile(db, hq.finish("a", { step_num: 1 }))
      yield* onFile(db, hq.updatePlan({ project: "p", operations: [{ op: "cancel", step_num: 3 }] }))
      const file = planFile(
        "name: p\nbase_commit: other\nsteps:\n  - { num: 1, branch: other, scope: api }\n  - { num: 3, branch: c, scope: s }\n"
      )
      const { err } = yield* cli(db, ["plan", "check", file])
      assert.include(err, 'line 2: base_commit must stay "1234567"')
      assert.include(err, "line 4: steps.0.title cannot change: step 1 is completed")
      assert.include(err, "line 5: steps.1.num step 3 was cancelled: give the new step another number")
      const without = yield* cli(db, ["plan", "check", planFile("name: p\nsteps: []\n")])
      assert.include(without.err, "line 2: steps must have step 1, which is completed and cannot be cancelled")
    })
  )

  it.effect("says that there is no such file", () =>
    Effect.gen(function* () {
      const { code, err } = yield* cli(tempDatabase(), ["plan", "check", "/nowhere/plan.yaml"])
      assert.strictEqual(code, 1)
      assert.include(err, "/nowhere/plan.yaml")
    })
  )
})

describe("hq plan export", () => {
  it.effect("writes what an import takes for no change, as YAML and as JSON", () =>
    Effect.gen(function* () {
      const db = yield* imported
      yield* onFile(db, hq.takeAndStart("a", { step_num: 1 }))
      const yaml = yield* cli(db, ["plan", "export", "p"])
      assert.include(yaml.out, '  - num: 1 # in_progress\n    title: "Parser: first part"\n    branch: parser\n')
      const json = yield* cli(db, ["plan", "export", "p", "--json"])
      read(exportPlan.answer, json.out)
      for (const { out } of [yaml, json]) {
        assert.include((yield* cli(db, ["plan", "diff", planFile(out)])).out, "nothing changes")
        const other = tempDatabase()
        assert.strictEqual((yield* cli(other, ["plan", "import", planFile(out), "--yes"])).code, 0)
        assert.strictEqual((yield* cli(other, ["plan", "export", "p"])).out, yaml.out.replace(" # in_progress", ""))
      }
      assert.strictEqual((yield* cli(db, ["plan", "export", "none"])).code, 3)
    })
  )

  it.effect("keeps every text, and lets none reach the terminal raw", () =>
    Effect.promise(() =>
      fc.assert(
        fc.asyncProperty(
          fc.array(fc.string({ unit: "binary", minLength: 1, maxLength: 30 }), { minLength: 1, maxLength: 4 }),
          fc.array(
            fc.constantFrom(
              "a",
              "\n",
              " ",
              "#",
              "- ",
              ": ",
              "\t",
              "\u2028",
              "\u202e",
              "\u001b",
              "null",
              "'",
              '"',
              "\\",
              "é"
            ),
            { minLength: 1, maxLength: 20 }
          ),
          async (texts, parts) => {
            const usable = [...texts, parts.join("")].filter(
              (text) => text.trim() !== "" && text.isWellFormed() && !text.includes("\0")
            )
            const steps = usable.map((description, at) => ({ num: at + 1, branch: `b${at}`, scope: "s", description }))
            const name = ProjectName.make("null")
            const lines = print({ name, base_commit: "12e3", steps }).join("\n")
            assert.strictEqual(visible(lines.replaceAll("\n", "")), lines.replaceAll("\n", ""))
            const { plan } = await Effect.runPromise(parse("f", `${lines}\n`))
            assert.deepStrictEqual(plan, { name, base_commit: "12e3", steps })
          }
        ),
        { numRuns: 500 }
      )
    )
  )
})

describe("a stored plan", () => {
  it.effect("of a project without a base commit is exported and imported without one", () =>
    Effect.gen(function* () {
      const db = yield* stored(hq.create("q", { 1: [] }))
      const { out } = yield* cli(db, ["plan", "export", "q"])
      const without = out.replace(/base_commit: .*\n/, "")
      assert.include((yield* cli(db, ["plan", "diff", planFile(without)])).out, "nothing changes")
    })
  )
})
