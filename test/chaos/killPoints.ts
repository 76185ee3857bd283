import assert from "node:assert/strict"
import { copyFileSync } from "node:fs"
import { join } from "node:path"
import { Unanswered } from "../support/client.ts"
import { type Act, buildDiskFaults, type FaultyDisk, faultyDisk, noDiskFaults } from "../support/diskFaults.ts"
import { contradicted, factsAfter, goOn, knownWork, torn, type Verdict } from "../support/knownWork.ts"
import { oldFormats, writeOldFormat } from "../support/oldFormats.ts"
import { writeOriginal } from "../support/original.ts"
import { type Random, seeded } from "../support/random.ts"
import { close, inWorld, value, type World } from "../support/world.ts"

/** What a process does until it ends by itself or is killed. */
interface Life {
  readonly name: string
  readonly prepare: (db: string) => void
  /**
   * Rejects with Unanswered if the process was killed.
   *
   * @param begin the fault is to be set now
   * @param verdicts what is known of the known work's calls so far
   */
  readonly live: (
    world: World,
    db: string,
    disk: FaultyDisk,
    begin: () => void,
    verdicts: Array<Verdict>
  ) => Promise<void>
  /** SQL of rows that were in the file before, and must be in it afterwards. */
  readonly keeps?: string
  /** Whether the events in it do not tell all that has happened. */
  readonly isUntold?: boolean
}

/** A server starts on the file, and ends with its input. */
const starts: Life["live"] = async (world, db, disk, begin) => {
  begin()
  const server = world.start({ ...disk.env, AGENT_DB_PATH: db })
  await server.ready
  await close(server)
}

/** A server does the known work. On the way, another client's checkpoint makes it begin its log anew. */
const works: Life["live"] = async (world, db, disk, begin, verdicts) => {
  const server = world.start({ ...disk.env, AGENT_DB_PATH: db })
  await server.ready
  begin()
  for (const [at, { input, tool }] of knownWork.entries()) {
    if (at === 8) world.checkpoint(db)
    verdicts[at] = "open"
    await value(server.call(tool, input))
    verdicts[at] = "kept"
  }
  await close(server)
}

/** @param empty path of a file of hq's without projects */
const lives = (empty: string): ReadonlyArray<Life> => [
  { name: "first start", prepare: () => {}, live: starts },
  ...oldFormats.map((format) => ({
    name: `migration from format ${format}`,
    prepare: (db: string) => writeOldFormat(db, format),
    live: starts,
    keeps: "SELECT id, step_num, branch, status FROM steps WHERE id <= 5"
  })),
  {
    name: "migration from the original",
    prepare: (db) => writeOriginal(db),
    live: starts,
    keeps: "SELECT id, step_num, branch, status FROM steps WHERE id <= 30",
    isUntold: true
  },
  { name: "work", prepare: (db) => copyFileSync(empty, db), live: works }
]

interface Point {
  readonly at: number
  readonly act: Act
  readonly repeat: "once" | "always"
}

const whole = [{ integrity_check: "ok" }]

/** Lives that life until the point, and looks at what it has left. Returns the calls that met the fault. */
const play = async (world: World, library: string, life: Life, { act, at, repeat }: Point) => {
  const db = join(world.folder, `${life.name.replaceAll(" ", "-")}-${act}-${at}.db`)
  life.prepare(db)
  const keeps = (keep = life.keeps) => (keep === undefined ? [] : world.look((file) => file.prepare(keep).all(), db))
  const before = keeps()
  const disk = faultyDisk(library, db)
  const verdicts: Array<Verdict> = []
  const begin = () => disk.set({ call: "any", at, act, repeat })
  const isKilled = await life.live(world, db, disk, begin, verdicts).then(
    () => false,
    (error) => {
      if (error instanceof Unanswered && disk.hits().length > 0) return true
      throw error
    }
  )
  const check = () => {
    if (life.isUntold === true)
      assert.deepEqual(
        world.look((file) => file.pragma("integrity_check"), db),
        whole
      )
    else world.check(db)
    const wrong = world.look((file) => [...contradicted(file, factsAfter(verdicts)), ...torn(file)], db)
    assert.deepEqual(wrong, [])
    assert.deepEqual(keeps(), before)
  }
  try {
    const next = world.start({ AGENT_DB_PATH: db })
    await next.ready
    check()
    await goOn(next.call)
    await close(next)
    check()
  } catch (error) {
    throw new Error(`${life.name}, ${act} at ${at} (${disk.hits().at(-1)}): ${(error as Error).message}`, {
      cause: error
    })
  }
  return { isKilled, hits: disk.hits() }
}

/** A point at each kind of call to each file, and some more. */
const sampled = (random: Random, calls: ReadonlyArray<string>, more: number): ReadonlyArray<number> => {
  const byKind = [...new Set(calls)].map((kind) => calls.flatMap((call, index) => (call === kind ? [index + 1] : [])))
  const others = Array.from({ length: more }, () => random.int(1, calls.length))
  return [...new Set([...byKind.map((ats) => random.pick(ats)), ...others])]
}

/**
 * A server process is killed at each call that it makes on its disk, before the call and in the midst of a write: while it makes a file,
 * migrates one, works and ends. The next one finds all that was acknowledged and goes on.
 *
 * @param more points of each life beside one for each kind of call, with but one of the migrations; undefined: all points of all lives
 */
export const killPoints = ({ more, seed }: { seed: number; more?: number }) =>
  inWorld({}, async (world) => {
    const library = buildDiskFaults(world.folder)
    if (library === undefined) return noDiskFaults
    const random = seeded(seed)
    const empty = join(world.folder, "empty.db")
    await close(world.start({ AGENT_DB_PATH: empty }))
    const kills = new Map<string, number>()
    const [first, ...rest] = lives(empty) as [Life, ...Array<Life>]
    const [work, migrations] = [rest.at(-1) as Life, rest.slice(0, -1)]
    for (const life of [first, ...(more === undefined ? migrations : [random.pick(migrations)]), work]) {
      const { hits: calls } = await play(world, library, life, { at: 1, act: "pass", repeat: "always" })
      const ats = more === undefined ? calls.map((_, index) => index + 1) : sampled(random, calls, more)
      const points = ats.flatMap((at): ReadonlyArray<Point> => {
        const isWrite = calls[at - 1]?.startsWith("write") === true
        const acts: ReadonlyArray<Act> = isWrite ? ["kill-before", "torn"] : ["kill-before", "kill-after"]
        return (more === undefined ? acts : [random.pick(acts)]).map((act) => ({ at, act, repeat: "once" }))
      })
      const left = [...points]
      const one = async () => {
        for (let point = left.shift(); point !== undefined; point = left.shift()) {
          const { isKilled } = await play(world, library, life, point)
          if (isKilled) kills.set(life.name, (kills.get(life.name) ?? 0) + 1)
        }
      }
      await Promise.all([one(), one()])
      assert(kills.has(life.name), `${life.name} was never killed`)
    }
    return Object.fromEntries(kills)
  })
