import { hostname } from "node:os"
import { assert, describe, it } from "@effect/vitest"
import Sqlite from "better-sqlite3"
import * as Effect from "effect/Effect"
import type { FileCheck } from "../../../../src/domain/FileReports.ts"
import { version } from "../../../../src/domain/version.ts"
import * as Coordination from "../../../../src/layers/Coordination.ts"
import { examine } from "../../../../src/layers/store/sqlite/examineFile.ts"
import { free, hq } from "../../../support/hq.ts"
import { tempDatabase } from "../../../support/temp.ts"

/** A process that lives and is not this one, and one that does not. */
const [living, dead] = [process.ppid, 2 ** 22 + 1]

const ago = (minutes: number) => new Date(Date.now() - minutes * 60_000).toISOString()

/** A file with a held step, and sessions on this machine. */
const withSessions = (
  ...sessions: ReadonlyArray<{
    readonly pid: number
    readonly seen: number
    /** How many minutes ago it has claimed the step, if it holds one. */
    readonly claimed?: number
    readonly client?: string
    readonly ended?: boolean
  }>
) =>
  Effect.gen(function* () {
    const file = tempDatabase()
    yield* Effect.provide(
      Effect.zipRight(hq.create("p", free(2)), hq.take("a")),
      Coordination.layerSqlite({ filename: file })
    )
    const db = new Sqlite(file)
    db.exec("DELETE FROM agent_sessions; UPDATE agent_events SET timestamp = '2020-01-01T00:00:00.000Z'")
    for (const [at, { claimed, client, ended, pid, seen }] of sessions.entries()) {
      db.prepare(
        `INSERT INTO agent_sessions (id, client_name, client_version, host, pid, started_at, last_seen_at, ended_at)
         VALUES (?, ?, '1.2.3', ?, ?, ?, ?, ?)`
      ).run(String(at), client ?? "claude-code", hostname(), pid, ago(300), ago(seen), ended ? ago(seen) : null)
      if (claimed !== undefined) {
        db.prepare("UPDATE steps SET session_id = ?, claimed_at = ? WHERE step_num = 1").run(String(at), ago(claimed))
      }
    }
    db.close()
    return file
  })

const of = (file: string, check: string) =>
  Effect.map(examine(file), (checks) => checks.filter((one: FileCheck) => one.check === check))

const details = (file: string, check = "clock") =>
  Effect.map(of(file, check), (checks) => checks.map(({ detail, status }) => `${status}: ${detail}`))

describe("examineClock", () => {
  it.live("says of a new file that nobody has written, not that the clock agrees with 1970", () =>
    Effect.gen(function* () {
      const file = tempDatabase()
      yield* Effect.provide(Effect.void, Coordination.layerSqlite({ filename: file }))
      assert.deepStrictEqual(yield* details(file), ["ok: nothing was written yet"])
      assert.deepStrictEqual(yield* details(file, "processes"), ["ok: none that has written is alive on this machine"])
    })
  )

  it.live("finds this clock behind the latest write, and says what to do", () =>
    Effect.gen(function* () {
      const [found] = yield* of(yield* withSessions({ pid: living, seen: -30 }), "clock")
      assert.match(found?.detail ?? "", /^This clock is (29m 59s|30m) behind the latest write \(.*Z\)\.$/)
      assert.strictEqual(found?.cure, "Set the clock of this machine. hq takes nobody's step while clocks disagree.")
      assert.match((yield* details(yield* withSessions({ pid: living, seen: -0.9 })))[0] ?? "", /^ok: not behind/)
    })
  )

  it.live("finds the process whose clock is ahead, if others agree with this one", () =>
    Effect.gen(function* () {
      const file = yield* withSessions({ pid: living, seen: -30 }, { pid: process.pid, seen: 0 })
      const [found, ...more] = yield* of(file, "clock")
      assert.isEmpty(more)
      assert.strictEqual(found?.status, "error")
      assert.match(
        found?.detail ?? "",
        new RegExp(`^The clock of process ${living} \\(claude-code 1.2.3\\) is (29m 59s|30m) ahead of this one`)
      )
      assert.match(found?.cure ?? "", /^Set its clock if it has one of its own/)
    })
  )

  it.live("finds this clock ahead of what living processes write", () =>
    Effect.gen(function* () {
      const file = yield* withSessions({ pid: living, seen: 45, claimed: 60 })
      const [found] = yield* of(file, "clock")
      assert.strictEqual(found?.status, "warning")
      assert.match(
        found?.detail ?? "",
        new RegExp(
          `^This clock is 45m ahead of what a process wrote that holds steps: ${living} \\(claude-code 1.2.3\\)\\. Either clock is wrong`
        )
      )
      assert.include(found?.cure, `ps -o pid,stat,lstart,args -p ${living}`)
    })
  )

  it.live("does not blame the clock for a process that need not write", () =>
    Effect.gen(function* () {
      for (const session of [
        { pid: living, seen: 45 },
        { pid: living, seen: 45, claimed: 60, ended: true },
        { pid: dead, seen: 45, claimed: 60 },
        // Its lease may have run out without progress.
        { pid: living, seen: 10, claimed: 200 },
        { pid: living, seen: 2, claimed: 5 }
      ]) {
        assert.match((yield* details(yield* withSessions(session)))[0] ?? "", /^ok: not behind/)
      }
    })
  )

  it.live("names the processes that live, and another version of hq work", () =>
    Effect.gen(function* () {
      const claude = { pid: process.pid, seen: 0 }
      assert.deepStrictEqual(yield* details(yield* withSessions(claude, { pid: dead, seen: 0 }), "processes"), [
        `ok: alive on this machine: ${process.pid} (claude-code 1.2.3)`
      ])
      const [found] = yield* of(yield* withSessions(claude, { pid: living, seen: 0, client: "hq work" }), "processes")
      assert.strictEqual(found?.status, "warning")
      assert.strictEqual(
        found?.detail,
        `Another version of hq is at work beside this one (${version}): ${living} (hq work 1.2.3).`
      )
    })
  )
})
