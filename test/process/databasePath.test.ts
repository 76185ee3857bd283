// biome-ignore-all lint/suspicious/noTemplateCurlyInString: it is what MCP clients leave in their settings unexpanded.
import { spawnSync } from "node:child_process"
import { chmodSync, chownSync, existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, it } from "vitest"
import { query } from "../support/database.ts"
import { git, makeRepository, realFolder } from "../support/git.ts"
import { bin } from "../support/server.ts"
import { refuses } from "../support/startUp.ts"
import { tempDatabase } from "../support/temp.ts"
import { close, startServer } from "../support/testServer.ts"

const plan = { name: "p", base_commit: "c", steps: [{ step_num: 1, branch: "b", scope: "s" }] }

/** A user of whom the system knows nothing, and so no home folder either. */
const nobody = 54_321

/** Only root can start a server as another user, who must be able to read the checkout. */
const canBeNobody =
  process.getuid?.() === 0 && spawnSync(process.execPath, [bin, "--version"], { uid: nobody }).status === 0

/** A folder that belongs to that user. */
const folderOfNobody = () => {
  const folder = realFolder()
  chownSync(folder, nobody, nobody)
  return folder
}

describe("AGENT_DB_PATH that stays unexpanded", () => {
  it.each([
    ["${HQ_NOWHERE}/hq.db", "the environment variable HQ_NOWHERE is not set for hq"],
    ["$HQ_NOWHERE/hq.db", "instead of $HQ_NOWHERE"],
    ["%APPDATA%/hq.db", "hq does not expand %APPDATA%; write ${APPDATA} instead"],
    ["~\\plans\\hq.db", "write ~/plans/hq.db instead"],
    ["~grace/hq.db", "hq does not expand ~grace"]
  ])("%s: one line, code 1, and nothing is made", async (path, words) => {
    const cwd = realFolder()
    await refuses(path, [`hq: cannot open ${path}: `, words], {}, { cwd })
    assert.deepStrictEqual(readdirSync(cwd), [])
  })
})

describe("AGENT_DB_PATH with a variable", () => {
  it("lies where the variable points to", async () => {
    const folder = realFolder()
    await startServer("$HQ_PLANS/${HQ_NAME}.db", { HQ_PLANS: folder, HQ_NAME: "plan" }, { cwd: realFolder() })
    assert.isTrue(existsSync(join(folder, "plan.db")))
  })

  it.each(["", " "])("is none if it is %j: the default path", async (path) => {
    const home = realFolder()
    await startServer(path, { HOME: home })
    assert.isTrue(existsSync(join(home, ".claude", "agent-coordination.db")))
  })
})

describe("a relative AGENT_DB_PATH", () => {
  it("is one file for all work trees of a repository", async () => {
    const folder = realFolder()
    const main = makeRepository(join(folder, "main"))
    const tree = join(folder, "tree")
    git(main, "worktree", "add", "-q", tree)
    mkdirSync(join(tree, "src"))
    const one = await startServer("plans/hq.db", {}, { cwd: join(tree, "src") })
    await one.call("create_project", plan)
    const other = await startServer("plans/hq.db", {}, { cwd: main })
    assert.isFalse((await other.call("get_project", { name: "p" })).isError)
    assert.deepStrictEqual(query(join(main, "plans", "hq.db"), "SELECT name FROM projects"), [{ name: "p" }])
    assert.isFalse(existsSync(join(tree, "plans")))
  })

  it("is taken from the current folder outside of a repository", async () => {
    const cwd = realFolder()
    await startServer("hq.db", {}, { cwd })
    assert.isTrue(existsSync(join(cwd, "hq.db")))
  })

  it("is refused if the repository of the work tree is gone", async () => {
    const folder = realFolder()
    const main = makeRepository(join(folder, "main"))
    git(main, "worktree", "add", "-q", "../tree")
    rmSync(main, { recursive: true })
    await refuses("hq.db", ["is not a git repository; write an absolute path"], {}, { cwd: join(folder, "tree") })
  })
})

describe.runIf(canBeNobody)("a user without a home folder", () => {
  it.each([undefined, ""])("can use an absolute path (HOME is %j)", async (HOME) => {
    const db = join(folderOfNobody(), "hq.db")
    const server = await startServer(db, { HOME }, { uid: nobody })
    assert.isFalse((await server.call("create_project", plan)).isError)
    assert.strictEqual(await close(server), 0)
  })

  it.each(["", "~/hq.db", "${HOME}/hq.db"])("AGENT_DB_PATH=%j: one line, code 1", async (path) => {
    await refuses(
      path,
      ["this user has none; set HOME, or write an absolute path"],
      { HOME: undefined },
      { uid: nobody }
    )
  })
})

describe.runIf(canBeNobody)("a file that this user must not use", () => {
  it("is refused if another user owns it", async () => {
    const db = join(folderOfNobody(), "hq.db")
    writeFileSync(db, "")
    chmodSync(db, 0o666)
    await refuses(
      db,
      [`cannot open ${db}: it belongs to another user (id 0, and hq runs as ${nobody})`],
      {},
      {
        uid: nobody
      }
    )
  })

  it.each([true, false])("a read-only folder is to blame, not the file (exists: %j)", async (exists) => {
    const folder = folderOfNobody()
    const db = join(folder, "hq.db")
    if (exists) {
      writeFileSync(db, "", { mode: 0o600 })
      chownSync(db, nobody, nobody)
    }
    chmodSync(folder, 0o555)
    const words = [`the folder ${folder} is read-only, and SQLite must make files beside the database`]
    await refuses(db, words, {}, { uid: nobody })
  })

  it("a read-only file is to blame, whatever its folder is", async () => {
    const folder = folderOfNobody()
    const db = join(folder, "hq.db")
    writeFileSync(db, "", { mode: 0o400 })
    chownSync(db, nobody, nobody)
    chmodSync(folder, 0o555)
    await refuses(db, [`cannot open ${db}: it is read-only`], {}, { uid: nobody })
  })
})

describe("a database that other users can read", () => {
  it("is a warning on standard error, once", async () => {
    const db = tempDatabase()
    writeFileSync(db, "")
    chmodSync(db, 0o644)
    const first = await startServer(db)
    assert.strictEqual(await close(first), 0)
    assert.match(first.stderr(), /^[^\n]*level=WARN[^\n]*was open to other users \(mode 0644\)[^\n]*\n$/)
    const second = await startServer(db)
    await close(second)
    assert.strictEqual(second.stderr(), "")
  })
})
