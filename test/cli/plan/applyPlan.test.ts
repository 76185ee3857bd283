import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { Opening } from "../../../src/cli/base/Opening.ts"
import { StepNum } from "../../../src/domain/Ids.ts"
import { Projects } from "../../../src/services/Projects.ts"
import { cli, onFile, openingOf } from "../../support/cli.ts"
import { hq } from "../../support/hq.ts"
import { tempDatabase, tempFolder } from "../../support/temp.ts"

/** A store in which somebody else adds a step to the plan right before the edit with this number. */
const disturbed = (db: string, edit: number): Opening["Type"] => {
  const { file, store } = openingOf(db)
  let edits = 0
  const projects = Layer.effect(
    Projects,
    Effect.map(Projects, (own) =>
      Projects.of({
        ...own,
        updatePlan: (request) => {
          const { project } = request
          const step = { op: "add" as const, step_num: StepNum.make(9000 + edits), branch: "theirs", scope: "s" }
          const theirs = own.updatePlan({ project, operations: [step] })
          return ++edits === edit ? Effect.zipRight(theirs, own.updatePlan(request)) : own.updatePlan(request)
        }
      })
    )
  )
  return { file, store: Layer.provideMerge(projects, store) }
}

/** A plan of 700 steps, of which an edit takes 300. */
const planFile = (scope: string, priority: number, description = "What to do.") => {
  const file = join(tempFolder(), "plan.json")
  const steps = Array.from({ length: 700 }, (_, at) => ({ num: at + 1, branch: `b${at}`, scope, description }))
  writeFileSync(file, JSON.stringify({ name: "p", base_commit: "abc", priority, steps }))
  return file
}

const counts = (db: string) =>
  onFile(
    db,
    Effect.map(hq.wholePlan("p"), ({ project: { revision }, steps }) => ({
      revision,
      changed: steps.filter(({ scope }) => scope === "ui").length
    }))
  )

describe("a change that somebody else edits in between", () => {
  it.effect("stops, says how much of it is made, and goes on when it is imported again", () =>
    Effect.gen(function* () {
      for (const [edit, made, changed] of [
        [1, "", 0],
        [3, " Of 4 parts of the change, 2 are made.", 600]
      ] as const) {
        const db = tempDatabase()
        yield* cli(db, ["plan", "import", planFile("api", 0), "--yes"])
        // The priority of the project is the last of four parts.
        const file = planFile("ui", 7)
        const ran = yield* cli(db, ["plan", "import", file, "--yes", "--json"], { opening: disturbed(db, edit) })
        assert.strictEqual(ran.code, 4)
        const { error } = JSON.parse(ran.out)
        assert.strictEqual(error._tag, "Conflict")
        assert.strictEqual(
          error.message,
          `The plan of "p" is at revision ${edit + 1}, not at ${edit}: somebody has edited it.${made} Run: hq plan diff ${file}`
        )
        assert.deepStrictEqual(yield* counts(db), { revision: edit + 1, changed })
        assert.strictEqual((yield* onFile(db, hq.getProject({ name: "p" }))).project.priority, 0)
        assert.include((yield* cli(db, ["plan", "diff", file])).out, `Steps: ${700 - changed} changed, 1 cancelled.`)
        assert.strictEqual((yield* cli(db, ["plan", "import", file, "--yes"])).code, 0)
        assert.strictEqual((yield* counts(db)).changed, 700)
      }
    })
  )

  it.effect("counts the call that makes a project", () =>
    Effect.gen(function* () {
      const db = tempDatabase()
      const file = planFile("api", 0, "x".repeat(2000))
      const ran = yield* cli(db, ["plan", "import", file, "--yes"], { opening: disturbed(db, 1) })
      assert.deepStrictEqual([ran.code, ran.out], [4, ""])
      assert.include(ran.err, "Of 2 parts of the change, 1 is made. Run: hq plan diff")
      assert.strictEqual((yield* cli(db, ["plan", "import", file, "--yes"])).code, 0)
      assert.include((yield* cli(db, ["plan", "diff", file])).out, "nothing changes")
    })
  )
})
