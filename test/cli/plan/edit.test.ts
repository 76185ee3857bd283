import { existsSync, readFileSync, writeFileSync } from "node:fs"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { vi } from "vitest"
import { cli, onFile, stored } from "../../support/cli.ts"
import { free, hq } from "../../support/hq.ts"

const filled = stored(hq.create("p", free(2)))

/** The editor is a shell command, to which the file is given. */
const edit = (db: string, editor: string, ...more: ReadonlyArray<string>) =>
  cli(db, ["plan", "edit", "p", ...more], { environment: { VISUAL: editor } })

const keptIn = (err: string) => /kept in (\S+)\./.exec(err)?.[1] as string

describe("hq plan edit", () => {
  it.effect("imports what the editor leaves", () =>
    Effect.gen(function* () {
      const db = yield* filled
      const ran = yield* edit(db, "sed -i 's/scope: api/scope: ui/'", "--yes")
      assert.deepStrictEqual(ran, { code: 0, out: "Changed the plan of p, now at revision 2: 2 changed.\n", err: "" })
      assert.strictEqual((yield* onFile(db, hq.get(1))).scope, "ui")
      assert.include((yield* edit(db, "true")).out, "nothing changes")
    })
  )

  it.effect("refuses to start an editor that nobody has named where there is no terminal", () =>
    Effect.gen(function* () {
      const ran = yield* cli(yield* filled, ["plan", "edit", "p"])
      assert.deepStrictEqual(ran, {
        code: 1,
        out: "",
        err: "hq: Neither VISUAL nor EDITOR is set, and there is no terminal for another editor. Set VISUAL or EDITOR to an editor that ends when the file is closed.\n"
      })
    })
  )

  it.effect("keeps the text if it is wrong, or nobody can be asked", () =>
    Effect.gen(function* () {
      const db = yield* filled
      const wrong = yield* edit(db, "sed -i 's/scope: api/scope: 7/'", "--yes")
      assert.strictEqual(wrong.code, 2)
      assert.include(readFileSync(keptIn(wrong.err), "utf8"), "scope: 7")
      const mute = yield* edit(db, "sed -i 's/scope: api/scope: ui/'")
      assert.strictEqual(mute.code, 2)
      assert.isTrue(existsSync(keptIn(mute.err)))
      assert.strictEqual((yield* edit(db, "sed -i 's/name: p/name: q/'", "--yes")).code, 1)
      assert.include((yield* edit(db, "false")).err, 'The editor "false" ended with 1.')
      assert.strictEqual((yield* onFile(db, hq.getProject({ name: "p" }))).project.revision, 1)
    })
  )

  it.effect("does not take back what somebody else has edited meanwhile", () =>
    Effect.gen(function* () {
      const db = yield* filled
      const editing = yield* Effect.fork(
        edit(db, `touch ${db}.open; until [ -e ${db}.go ]; do sleep 0.02; done; true`, "--yes")
      )
      yield* Effect.promise(() => vi.waitUntil(() => existsSync(`${db}.open`), { timeout: 10_000 }))
      const operations = [{ op: "add" as const, step_num: 3, branch: "c", scope: "s" }]
      yield* onFile(db, hq.updatePlan({ project: "p", operations }))
      writeFileSync(`${db}.go`, "")
      const { code, err } = yield* editing
      assert.strictEqual(code, 4)
      assert.match(err, /Somebody else has edited the plan of "p" meanwhile\. Run: hq plan diff /)
    })
  )
})
