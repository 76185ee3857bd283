import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import Sqlite from "better-sqlite3"
import * as Effect from "effect/Effect"
import stringWidth from "string-width"
import { cli } from "../support/cli.ts"
import { cases, fillFile } from "../support/commandCases.ts"
import { makeRepository, realFolder } from "../support/git.ts"
import { tempFolder } from "../support/temp.ts"

const before = process.cwd()
beforeAll(() => process.chdir(makeRepository(realFolder())))
afterAll(() => process.chdir(before))

/** Repaints a terminal, turns text around, hides, and is wider than it is long. */
const hostile = "\u001b[2J\u009b31m\r\u202e\u2066\u200b計画🎉e\u0301\u0007"

/** Of a project: what its validation refuses today was taken once, and can be in a file. */
const project = `p${hostile}`

/** A plan in full swing, in which agents chose every text as badly as they could. */
const badFile = (file: string) =>
  Effect.map(fillFile(file), () => {
    const db = new Sqlite(file)
    db.prepare("UPDATE projects SET name = ? WHERE name = 'myapp'").run(project)
    db.prepare(
      "UPDATE steps SET title = @bad, branch = @bad || id, scope = @bad, agent_id = agent_id || @bad, notes = @bad"
    ).run({ bad: hostile })
    db.prepare("UPDATE steps SET files = json_array(?)").run(`${hostile}/**`)
    db.prepare(
      "UPDATE agent_events SET agent_id = agent_id || @bad, metadata = json_object('reason', @bad, @bad, @bad)"
    ).run({ bad: hostile })
    db.prepare("UPDATE agent_sessions SET client_name = @bad, client_version = @bad, ended_at = NULL").run({
      bad: hostile
    })
    db.close()
  })

/** Whatever acts on a terminal or cannot be seen, but the end of a line. */
const acting = /[\p{Cc}\p{Bidi_Control}\u200b]/u

const isSafe = (what: string, text: string) => {
  const found = acting.exec(text.replaceAll("\n", ""))
  assert.isNull(found, `${what}: U+${found?.[0].codePointAt(0)?.toString(16)} in ${JSON.stringify(text)}`)
}

/** Lines that name something in the table of cases, as they name it here. */
const renamed = (word: string, folder: string) => word.replace("@", folder).replace("myapp", project)

describe("names that agents chose", () => {
  for (const [name, { args, fails }] of Object.entries(cases)) {
    it.live(`are shown visibly by hq ${name}, also in its errors`, () =>
      Effect.gen(function* () {
        for (const line of [args, ...fails.map(([line]) => line)]) {
          const folder = tempFolder()
          const file = join(folder, "hq.db")
          yield* badFile(file)
          writeFileSync(
            join(folder, "wrong.json"),
            JSON.stringify({ name: project, steps: [{ num: 0, [hostile]: 1 }] })
          )
          const words = line.split(" ").filter((word) => word !== "")
          const ran = yield* cli(file, [...name.split(" "), ...words.map((word) => renamed(word, folder))], {
            columns: 80,
            environment: { NO_COLOR: "1", EDITOR: "true" },
            place: { home: folder, folder },
            until: (out) => name === "watch" && out.length > 0
          })
          if (name !== "watch") isSafe(`hq ${name} ${line}`, ran.out + ran.err)
        }
      })
    )
  }

  it.live("keep the columns of tables where they are, and the lines within the terminal", () =>
    Effect.gen(function* () {
      const file = join(tempFolder(), "hq.db")
      yield* badFile(file)
      for (const [line, column] of [
        ["projects", "STATUS"],
        ["steps", "STATUS"],
        ["agents", "LAST SIGN"]
      ] as const) {
        for (const columns of [80, 140]) {
          const words = line === "steps" ? ["steps", project] : [line]
          const { out } = yield* cli(file, words, { columns, environment: { NO_COLOR: "1" } })
          const [head = "", ...rows] = out.trimEnd().split("\n")
          const at = head.indexOf(column)
          assert.isAbove(at, 0, out)
          assert.isNotEmpty(rows)
          for (const row of rows) {
            assert.isAtMost(stringWidth(row), columns, out)
            const start = Array.from(row).findIndex((_, index, all) => stringWidth(all.slice(0, index).join("")) === at)
            const cell = Array.from(row).slice(start - 1)
            assert.match(cell.join(""), /^ [^ ]/, out)
          }
        }
      }
    })
  )
})
