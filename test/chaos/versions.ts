import assert from "node:assert/strict"
import { createHash } from "node:crypto"
import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { inWorld, planOf, value, type World } from "../support/world.ts"

const newer = 99

const raise = (world: World, version: number) =>
  world.look((db) => {
    db.pragma(`user_version = ${version}`)
    db.prepare(
      "UPDATE hq_migrations SET migration_id = ? WHERE migration_id = (SELECT max(migration_id) FROM hq_migrations)"
    ).run(version)
  })

/** What is in the folder, byte for byte; the log's index is rebuilt by every reader. */
const contents = (folder: string): ReadonlyArray<string> =>
  readdirSync(folder)
    .filter((name) => !name.endsWith("-shm"))
    .map(
      (name) =>
        `${name} ${createHash("sha256")
          .update(readFileSync(join(folder, name)))
          .digest("hex")}`
    )

/** An older program that starts on a newer database refuses it untouched, and so does one that runs while a newer one migrates. */
export const versions = (_: { seed: number }) =>
  inWorld({}, async (world) => {
    const running = world.start()
    await value(running.call("create_project", planOf("p", 3)))
    const step = await value(running.call("claim_step", { project: "p", agent_id: "a" }))
    const current = world.look((db) => db.pragma("user_version", { simple: true }) as number)
    raise(world, newer)

    // Refused while another server has the file open, and when nobody has.
    const start = async () => {
      const before = contents(world.folder)
      const older = world.start()
      older.ready.catch(() => {})
      assert.equal(await older.ended, 1)
      assert.match(
        older.stderr(),
        new RegExp(`^hq: .*newer hq \\(format ${newer}, this program knows ${current}\\).*\n$`)
      )
      assert.deepEqual(contents(world.folder), before)
    }
    await start()

    // What was running writes nothing more, and says why.
    const refused = await running.call("start_step", { step_id: step.id })
    assert.match(
      refused.text,
      new RegExp(`migrated to format ${newer} by a newer hq .*format ${current}.*: update this program`)
    )
    running.endInput()
    assert.equal(await running.ended, 0)
    world.check()
    await start()

    raise(world, current)
    const again = world.start()
    const found = await value(again.call("get_step", { step_id: step.id }))
    assert.equal(found.status, "claimed")
    return { writeOfOlderWhileRunning: "refused" }
  })
