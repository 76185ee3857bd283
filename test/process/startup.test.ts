import { chmodSync, existsSync, linkSync, readFileSync, statSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import Database from "better-sqlite3"
import { assert, describe, it } from "vitest"
import { version } from "../../src/domain/version.ts"
import { latest } from "../../src/layers/store/sqlite/Migrations.ts"
import { query } from "../support/database.ts"
import { ended, refuses } from "../support/startUp.ts"
import { tempDatabase, tempFolder } from "../support/temp.ts"
import { close, startServer } from "../support/testServer.ts"

/** Starts a server on it and ends it again, so that it is a database of hq. */
const made = async (db: string) => {
  await close(await startServer(db))
  return db
}

const written = (db: string, sql: string) => {
  const file = new Database(db)
  file.exec(sql)
  file.close()
  return db
}

const unusable: ReadonlyArray<readonly [what: string, make: () => string | Promise<string>, word: string]> = [
  [
    "a file of garbage",
    () => {
      const db = tempDatabase()
      writeFileSync(db, "no database at all, ".repeat(500))
      return db
    },
    "not a SQLite database"
  ],
  [
    "a short file of garbage",
    () => {
      const db = tempDatabase()
      writeFileSync(db, "hello")
      return db
    },
    "not a SQLite database"
  ],
  [
    "a read-only file",
    async () => {
      const db = await made(tempDatabase())
      chmodSync(db, 0o444)
      return db
    },
    "read-only"
  ],
  [
    "an empty read-only file",
    () => {
      const db = tempDatabase()
      writeFileSync(db, "", { mode: 0o444 })
      return db
    },
    "read-only"
  ],
  [
    "a file with a second name",
    async () => {
      const db = await made(tempDatabase())
      linkSync(db, `${db}.link`)
      return db
    },
    "has a second name (a hard link)"
  ],
  [
    "a file with a damaged page",
    async () => {
      const db = await made(tempDatabase())
      const bytes = readFileSync(db)
      const root = Object.values(
        query(db, "SELECT rootpage FROM sqlite_schema WHERE name = 'lease_sweeps'")[0] ?? {}
      )[0]
      // The kind of the page, and where its cells begin.
      bytes.fill(0xff, (Number(root) - 1) * 4096, (Number(root) - 1) * 4096 + 8)
      writeFileSync(db, bytes)
      return db
    },
    'sqlite3 FILE ".recover"'
  ],
  ["a newer database", async () => written(await made(tempDatabase()), "PRAGMA user_version = 1000"), "newer"],
  ["somebody else's database", () => written(tempDatabase(), "CREATE TABLE recipes (name TEXT)"), "not one of hq"],
  ["a marked database of another program", () => written(tempDatabase(), "PRAGMA application_id = 77"), "not one of hq"]
]

describe("a database that cannot be used", () => {
  it.each(unusable)("%s: one line, code 1, the file untouched", async (_, make, word) => {
    const db = await make()
    const bytes = readFileSync(db)
    await refuses(db, [db, word])
    assert.isTrue(readFileSync(db).equals(bytes))
    assert.isFalse(existsSync(`${db}-wal`) || existsSync(`${db}-journal`))
  })

  it("a path below a regular file", async () => {
    const file = join(tempFolder(), "file")
    writeFileSync(file, "text")
    await refuses(join(file, "sub", "hq.db"), [join(file, "sub"), "cannot be made"])
    assert.strictEqual(readFileSync(file, "utf8"), "text")
  })

  it("a folder instead of a file", async () => {
    await refuses(tempFolder(), ["not a file"])
  })

  it("a path with a line break, which is told in one line too", async () => {
    const file = join(tempFolder(), "line\nbreak")
    writeFileSync(file, "text")
    await refuses(join(file, "hq.db"), ["cannot be made"])
  })

  it("a database that somebody keeps locked, after HQ_BUSY_TIMEOUT", async () => {
    const db = tempDatabase()
    const holder = new Database(db)
    holder.exec("BEGIN EXCLUSIVE")
    await refuses(db, [`The database ${db} was locked`], { HQ_BUSY_TIMEOUT: "200 millis" })
    holder.close()
  })
})

describe("a setting that cannot be used", () => {
  it.each([
    ["HQ_STALE_AFTER", "15"],
    ["HQ_SWEEP_EVERY", "-1 second"],
    ["HQ_HEARTBEAT_EVERY", "-30 seconds"],
    ["HQ_BUSY_TIMEOUT", "a\nwhile"]
  ])("%s=%j: one line that names it, code 1, no file made", async (name, value) => {
    const db = tempDatabase()
    await refuses(db, [name, JSON.stringify(value)], { [name]: value })
    assert.isFalse(existsSync(db))
  })

  it("all that cannot be used are named at once", async () => {
    const wrong = {
      HQ_STALE_AFTER: "soon",
      HQ_SWEEP_EVERY: "often",
      HQ_HEARTBEAT_EVERY: "30",
      HQ_PROGRESS_DEADLINE: "-2 hours",
      HQ_DISCONNECT_GRACE: "0 seconds",
      HQ_MAX_ATTEMPTS: "1.5",
      HQ_EVENT_RETENTION: "NaN days",
      HQ_SYNCHRONOUS: "OFF",
      HQ_BUSY_TIMEOUT: "0",
      HQ_LOG_LEVEL: "loud"
    }
    await refuses(tempDatabase(), Object.keys(wrong), wrong)
  })
})

describe("a database that is not there yet", () => {
  const mode = (path: string) => (statSync(path).mode & 0o777).toString(8)

  it("is made for its owner only, with its folder", async () => {
    const db = join(tempFolder(), "new", "deeper", "hq.db")
    const server = await startServer(db)
    await server.call("create_project", {
      name: "p",
      base_commit: "c",
      steps: [{ step_num: 1, branch: "b", scope: "s" }]
    })
    for (const folder of [dirname(db), dirname(dirname(db))]) assert.strictEqual(mode(folder), "700")
    for (const file of [db, `${db}-wal`, `${db}-shm`]) assert.strictEqual(mode(file), "600")
  })

  it("may be an empty file", async () => {
    const db = tempDatabase()
    writeFileSync(db, "")
    const server = await startServer(db)
    assert.isFalse((await server.call("list_projects")).isError)
  })

  it.each(["", `\${HOME}/.claude/agent-coordination.db`])(
    "lies in the home folder where AGENT_DB_PATH is %j",
    async (path) => {
      const home = tempFolder()
      await startServer(path, { HOME: home })
      assert.isTrue(existsSync(join(home, ".claude", "agent-coordination.db")))
    }
  )

  it("can be made by 20 processes that start at once", async () => {
    const db = tempDatabase()
    const servers = await Promise.all(Array.from({ length: 20 }, () => startServer(db)))
    const replies = await Promise.all(servers.map((server) => server.ask("tools/list")))
    for (const { result } of replies) assert.isAbove(result.tools.length, 13)
    for (const server of servers) assert.strictEqual(server.stderr(), "")
    assert.deepStrictEqual(query(db, "SELECT count(*) AS n FROM hq_migrations"), [{ n: latest }])
    assert.deepStrictEqual(query(db, "PRAGMA integrity_check"), [{ integrity_check: "ok" }])
    await Promise.all(servers.map(close))
  })
})

describe("arguments", () => {
  it("--version", async () => {
    assert.deepStrictEqual(await ended("", {}, { args: ["--version"] }), {
      code: 0,
      stderr: "",
      stdout: `${version}\n`
    })
  })

  it("--help", async () => {
    const { code, stderr, stdout } = await ended("", {}, { args: ["--help"] })
    assert.strictEqual(code, 0)
    assert.match(stdout, /^hq .*AGENT_DB_PATH/s)
    assert.strictEqual(stderr, "")
  })

  it("any other is refused by name, and nothing is started", async () => {
    const db = tempDatabase()
    const { code, stderr, stdout } = await ended(db, {}, { args: ["--verbose"] })
    assert.strictEqual(code, 2)
    assert.include(stderr, "--verbose")
    assert.strictEqual(stdout, "")
    assert.isFalse(existsSync(db))
  })
})
