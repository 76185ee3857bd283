import assert from "node:assert/strict"
import { execFileSync } from "node:child_process"
import { closeSync, mkdirSync, openSync, rmSync, writeSync } from "node:fs"
import { join } from "node:path"
import Database from "better-sqlite3"
import type { ServerProcess } from "../support/server.ts"
import { inWorld, planOf, value, type World } from "../support/world.ts"

const diskKiB = 4096

/** Takes the space that is left, down to the last byte that can be had. */
const fill = (file: string) => {
  const fd = openSync(file, "a")
  try {
    for (const size of [65_536, 4096, 512, 1]) for (;;) writeSync(fd, Buffer.alloc(size))
  } catch (error) {
    assert.equal((error as { code?: string }).code, "ENOSPC")
  } finally {
    closeSync(fd)
  }
}

const mounted = async <A>(world: World, body: (folder: string) => Promise<A>): Promise<A | undefined> => {
  const folder = join(world.folder, "disk")
  mkdirSync(folder)
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", `size=${diskKiB}k`, "tmpfs", folder], { stdio: "ignore" })
  } catch {
    return undefined
  }
  try {
    return await body(folder)
  } finally {
    execFileSync("umount", ["-l", folder])
  }
}

/** One call of every tool that writes, to steps that each has for itself. */
const writes = (
  steps: ReadonlyArray<{ readonly id: number }>
): ReadonlyArray<readonly [tool: string, input: object]> => {
  const [toStart, toBeat, toComplete, toFail, toRelease, toRecover] = steps.map((step) => step.id)
  return [
    ["create_project", planOf("another", 20)],
    ["claim_step", { project: "p", agent_id: "a" }],
    ["start_step", { step_id: toStart }],
    ["heartbeat", { step_id: toBeat, agent_id: "a" }],
    ["complete_step", { step_id: toComplete, commit_hash: "c", notes: "n".repeat(50_000) }],
    ["fail_step", { step_id: toFail, reason: "r".repeat(50_000) }],
    ["release_step", { step_id: toRelease }],
    ["recover_step", { step_id: toRecover, force: true }]
  ]
}

const play = async (world: World, server: ServerProcess, db: string, ballast: string) => {
  /** All that the tables say, signs of life excepted: renewals go on, where they find room. */
  const contents = () =>
    world.look(
      (client) =>
        ["projects", "steps", "dependencies", "agent_events", "claim_requests"].map((table) =>
          client
            .prepare(`SELECT * FROM ${table}`)
            .all()
            .map((row) => ({ ...(row as object), last_heartbeat: undefined, lease_expires_at: undefined }))
        ),
      db
    )
  await value(server.call("create_project", planOf("p", 20)))
  const claims = []
  for (let count = 0; count < 6; count++) {
    claims.push(await value(server.call("claim_step", { project: "p", agent_id: "a" })))
  }
  await value(server.call("start_step", { step_id: claims[2].id }))

  // Who reads an old snapshot keeps the log from beginning again at its start: what is written must find new room.
  const reader = new Database(db, { readonly: true })
  reader.exec("BEGIN")
  reader.prepare("SELECT * FROM projects").all()
  fill(ballast)
  const before = contents()
  const calls = writes(claims)
  for (const [tool, input] of calls) {
    const { isError, structured, text } = await server.call(tool, input)
    assert(isError, `${tool} must fail on a full disk, but gave ${text}`)
    assert.equal(structured.error._tag, "StorageFailure", `${tool}: ${text}`)
  }
  assert.deepEqual(contents(), before)
  assert.equal((await value(server.call("get_project", { name: "p" }))).steps.length, 20)
  assert.equal((await value(server.call("get_agent_work", { agent_id: "a" }))).length, 6)
  // One that starts now reads as well.
  const late = world.start({ AGENT_DB_PATH: db })
  assert.equal((await value(late.call("list_projects"))).length, 1)

  rmSync(ballast)
  reader.close()
  for (const [tool, input] of calls) await value(server.call(tool, input))
  for (const one of [server, late]) {
    one.endInput()
    assert.equal(await one.ended, 0)
  }
  world.check(db)
  return { writesFailed: calls.length }
}

/**
 * On a disk that is full every write fails with StorageFailure and leaves nothing behind, reads go on, and once there is space
 * again the same calls succeed. Undefined figures: this system does not let us mount a small disk.
 */
export const diskFull = (_: { seed: number }) =>
  inWorld({ HQ_HEARTBEAT_EVERY: "200 millis", HQ_SWEEP_EVERY: "200 millis" }, (world) =>
    mounted(world, (folder) => {
      const db = join(folder, "hq.db")
      return play(world, world.start({ AGENT_DB_PATH: db }), db, join(folder, "ballast"))
    }).then((figures) => figures ?? { skipped: "no small disk can be mounted here" })
  )
