import { chmodSync, existsSync, mkdirSync, statSync, symlinkSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import { isOpenToOthers, ownerFault, tighten } from "../../../../src/layers/store/sqlite/databaseFile.ts"
import * as SqliteDatabase from "../../../../src/layers/store/sqlite/SqliteDatabase.ts"
import { tempDatabase, tempFolder } from "../../../support/temp.ts"

const modeOf = (file: string) => statSync(file).mode & 0o7777

/** The log of an effect. */
const logged = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.suspend(() => {
    const lines: Array<string> = []
    const logger = Logger.make(({ logLevel, message }) => lines.push(`${logLevel.label} ${message}`))
    return Effect.as(Effect.provide(effect, Logger.replace(Logger.defaultLogger, logger)), lines)
  })

describe("ownerFault", () => {
  it("refuses another user's file, also to root, and says who owns it", () => {
    for (const [owner, user] of [
      [1001, 1000],
      [0, 1000],
      [1000, 0]
    ] as const) {
      assert.strictEqual(
        ownerFault({ uid: owner, mode: 0o100666 }, user),
        `it belongs to another user (id ${owner}, and hq runs as ${user}); use a file of your own, or change its owner`
      )
    }
  })

  it("allows one's own, and any where users have no ids", () => {
    for (const user of [0, 1000]) assert.isUndefined(ownerFault({ uid: user, mode: 0o100600 }, user))
    assert.isUndefined(ownerFault({ uid: 0, mode: 0o100666 }, undefined))
  })

  it("refuses a read-only file, also to root", () => {
    for (const user of [0, 1000]) assert.strictEqual(ownerFault({ uid: user, mode: 0o100444 }, user), "it is read-only")
  })
})

describe("isOpenToOthers", () => {
  it("is anything beyond 0600", () => {
    for (const mode of [0o600, 0o100600, 0o200]) assert.isFalse(isOpenToOthers(mode), mode.toString(8))
    for (const mode of [0o100644, 0o640, 0o604, 0o620, 0o602, 0o700, 0o610, 0o4600])
      assert.isTrue(isOpenToOthers(mode), mode.toString(8))
  })
})

describe("a database that is open to other users", () => {
  it.scoped("gets mode 0600 with one warning, together with the files beside it", () =>
    Effect.gen(function* () {
      const filename = tempDatabase()
      yield* Effect.scoped(Layer.build(SqliteDatabase.layer({ filename })))
      chmodSync(filename, 0o644)
      const lines = yield* logged(Layer.build(SqliteDatabase.layer({ filename })))
      assert.deepStrictEqual(lines, [`WARN ${filename} was open to other users (mode 0644): hq sets its mode to 0600`])
      for (const file of [filename, `${filename}-wal`, `${filename}-shm`]) {
        if (existsSync(file)) assert.strictEqual(modeOf(file), 0o600, file)
      }
      assert.deepStrictEqual(yield* logged(Layer.build(SqliteDatabase.layer({ filename }))), [])
    })
  )

  it.effect("is found behind a link, and so are the files beside it", () =>
    Effect.gen(function* () {
      const [file, link] = [tempDatabase(), tempDatabase()]
      for (const part of [file, `${file}-wal`]) {
        writeFileSync(part, "")
        chmodSync(part, 0o666)
      }
      symlinkSync(file, link)
      assert.strictEqual((yield* logged(tighten(link))).length, 1)
      for (const part of [file, `${file}-wal`]) assert.strictEqual(modeOf(part), 0o600)
    })
  )

  it.effect("is left as it is if it is not one of hq", () =>
    Effect.gen(function* () {
      const filename = tempDatabase()
      writeFileSync(filename, "no database at all, ".repeat(500))
      chmodSync(filename, 0o644)
      yield* Effect.flip(Effect.scoped(Layer.build(SqliteDatabase.layer({ filename }))))
      assert.strictEqual(modeOf(filename), 0o644)
    })
  )
})

describe("a folder", () => {
  it.scoped("is made for its owner only, and an existing one keeps its mode", () =>
    Effect.gen(function* () {
      const folder = join(tempFolder(), "shared")
      mkdirSync(folder)
      chmodSync(folder, 0o755)
      yield* Layer.build(SqliteDatabase.layer({ filename: join(folder, "new", "hq.db") }))
      assert.strictEqual(modeOf(folder), 0o755)
      assert.strictEqual(modeOf(join(folder, "new")), 0o700)
    })
  )
})
