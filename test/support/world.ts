import assert from "node:assert/strict"
import { type ChildProcess, spawn } from "node:child_process"
import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import Database from "better-sqlite3"
import { type Answer, Unanswered } from "./client.ts"
import { inspector } from "./invariants.ts"
import { type ServerProcess, spawnServer } from "./server.ts"

/*
 * Real server processes around one database file, for scenarios that stop and kill them. It knows nothing of the test runner, so that
 * the soak runs the same scenarios.
 */

export interface World {
  readonly folder: string
  readonly db: string
  /** Starts a server, with more settings than those of the world; calls may follow at once. */
  readonly start: (env?: Record<string, string>) => ServerProcess
  /** Opens the file as a person at the shell would, for as long as the function runs. */
  readonly look: <A>(body: (db: Database.Database) => A, filename?: string) => A
  /** Copies the log into the file, as far as nobody needs it any more. */
  readonly checkpoint: (filename?: string) => void
  /** Fails where the file (that of the world, by default) is damaged or breaks an invariant. */
  readonly check: (filename?: string) => void
  /** Another process, ended with the world. */
  readonly run: (command: string, args: ReadonlyArray<string>) => ChildProcess
}

/** State letter of a process: T is stopped. */
const processState = (pid: number): string => readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.[0] ?? ""

const lockHolder = fileURLToPath(new URL("holdLock.mjs", import.meta.url))

/** Another SQLite client takes the write lock and stops there; call what is returned to be rid of it. */
export const holdLock = async (world: World): Promise<() => void> => {
  const holder = world.run(process.execPath, [lockHolder, world.db])
  await until("the writer is stopped inside its transaction", 10_000, () => processState(holder.pid as number) === "T")
  return () => void holder.kill("SIGKILL")
}

/** Stops a server at a moment when it does not hold the write lock, so that the others can go on writing. */
export const stopBetweenWrites = async (world: World, server: ServerProcess): Promise<void> => {
  const isFree = () => {
    try {
      // Takes the lock, and changes nothing.
      world.look((db) => db.exec("DELETE FROM steps WHERE 0"))
      return true
    } catch (error) {
      if ((error as { code?: string }).code === "SQLITE_BUSY") return false
      throw error
    }
  }
  for (;;) {
    server.signal("SIGSTOP")
    await until("the server is stopped", 10_000, () => processState(server.pid) === "T")
    if (isFree()) return
    server.signal("SIGCONT")
    await sleep(20)
  }
}

/**
 * A folder with a database that servers share. Whatever still runs in the end is killed; a server that told of an error on
 * standard error makes the scenario fail.
 *
 * @param env settings of every server
 */
export const inWorld = async <A>(env: Record<string, string>, body: (world: World) => Promise<A>): Promise<A> => {
  const folder = mkdtempSync(join(tmpdir(), "hq-chaos-"))
  const db = join(folder, "hq.db")
  const servers: Array<ServerProcess> = []
  const children: Array<ChildProcess> = []
  const run = (command: string, args: ReadonlyArray<string>) => {
    const child = spawn(command, args, { env: { PATH: process.env.PATH ?? "", HOME: folder }, stdio: "pipe" })
    children.push(child)
    return child
  }
  const look = <A>(body: (db: Database.Database) => A, filename = db): A => {
    const client = new Database(filename, { fileMustExist: true, timeout: 10_000 })
    try {
      return client.transaction(() => body(client)).deferred()
    } finally {
      client.close()
    }
  }
  const check = (filename = db) =>
    look((client) => {
      assert.equal(client.pragma("integrity_check", { simple: true }), "ok")
      assert.deepEqual(client.pragma("foreign_key_check"), [])
      assert.deepEqual(inspector(client)(), [])
    }, filename)
  const checkpoint = (filename = db) => {
    const client = new Database(filename, { fileMustExist: true, timeout: 10_000 })
    client.pragma("wal_checkpoint(PASSIVE)")
    client.close()
  }
  try {
    const result = await body({
      folder,
      db,
      start: (more = {}) => {
        const server = spawnServer({ HOME: folder, AGENT_DB_PATH: db, HQ_LOG_LEVEL: "error", ...env, ...more })
        servers.push(server)
        return server
      },
      look,
      checkpoint,
      check,
      run
    })
    for (const server of servers) assert.doesNotMatch(server.stderr(), /level=ERROR|internal error/)
    return result
  } finally {
    for (const child of children) child.kill("SIGKILL")
    for (const server of servers) server.signal("SIGKILL")
    await Promise.all(servers.map((server) => server.ended))
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Ends the server's input, and waits for its orderly end. Rejects with Unanswered if it was killed. */
export const close = async (server: ServerProcess): Promise<void> => {
  server.endInput()
  const code = await server.ended
  if (code === "SIGKILL") throw new Unanswered("killed at its end")
  assert.equal(code, 0, server.stderr())
}

/** Waits until the condition holds. @param within milliseconds after which that is given up */
export const until = async (what: string, within: number, holds: () => boolean): Promise<void> => {
  const since = performance.now()
  while (!holds()) {
    if (performance.now() - since > within) throw new Error(`not within ${within} ms: ${what}`)
    await sleep(20)
  }
}

export const sleep = (millis: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, millis))

export const timed = async <A>(body: Promise<A>): Promise<{ readonly result: A; readonly ms: number }> => {
  const since = performance.now()
  const result = await body
  return { result, ms: performance.now() - since }
}

/** What the call gave; an error is a failure of the scenario. */
// biome-ignore lint/suspicious/noExplicitAny: scenarios look at any field.
export const value = async (answer: Promise<Answer>): Promise<any> => {
  const { isError, text, value } = await answer
  assert(!isError, text)
  return value
}

/** The error that the call must give. */
// biome-ignore lint/suspicious/noExplicitAny: scenarios look at any field.
export const refusal = async (answer: Promise<Answer>, tag: string): Promise<any> => {
  const { isError, structured, text } = await answer
  assert(isError, `must be refused with ${tag}, but gave ${text}`)
  assert.equal(structured.error._tag, tag, text)
  return structured.error
}

/** A plan of steps 1 to `count` that do not wait for each other, or as `dependsOn` says. */
export const planOf = (name: string, count: number, dependsOn: (num: number) => ReadonlyArray<number> = () => []) => ({
  name,
  base_commit: "abc123",
  steps: Array.from({ length: count }, (_, index) => ({
    step_num: index + 1,
    branch: `step${index + 1}/work`,
    scope: "api",
    depends_on: dependsOn(index + 1)
  }))
})
