import assert from "node:assert/strict"
import { rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { buildDiskFaults, faultyDisk, noDiskFaults } from "../support/diskFaults.ts"
import { Disk, type Entry, readJournal } from "../support/diskJournal.ts"
import { contradicted, factsAfter, goOn, knownWork, torn, type Verdict } from "../support/knownWork.ts"
import { type Random, seeded } from "../support/random.ts"
import { close, inWorld, value, type World } from "../support/world.ts"

/** Does the known work on a new file, with another server that ends beside it, and writes down all that they do to their disk. */
const record = async (world: World, library: string, synchronous: string) => {
  const db = join(world.folder, `${synchronous}.db`)
  const disk = faultyDisk(library, db, true)
  const env = { ...disk.env, AGENT_DB_PATH: db, HQ_SYNCHRONOUS: synchronous }
  const server = world.start(env)
  await server.ready
  for (const [at, { input, tool }] of knownWork.entries()) {
    // Its end is a checkpoint: the next write begins the log anew.
    if (at === 5 || at === 11) {
      const beside = world.start(env)
      await beside.ready
      await close(beside)
    }
    await value(server.call(tool, input))
  }
  await close(server)
  return { journal: readJournal(disk.journal), pid: server.pid }
}

/** For each place in the journal, how many calls the server had answered by then. */
const answered = (journal: ReadonlyArray<Entry>, pid: number): ReadonlyArray<number> => {
  let output = ""
  return journal.map((entry) => {
    if (entry.kind === "output" && entry.pid === pid) output += entry.data.toString("latin1")
    // The first line is the answer to the greeting.
    return Math.max(0, output.split("\n").length - 2)
  })
}

/** Places before which the power fails: around each answer and each sync, and others. */
const places = (random: Random, journal: ReadonlyArray<Entry>, others: number): ReadonlyArray<number> => {
  const around = journal.flatMap(({ kind }, at) => (kind === "output" || kind === "sync" ? [at, at + 1] : []))
  const more = Array.from({ length: others }, () => random.int(0, journal.length))
  return [...new Set([...around, ...more])].toSorted((a, b) => a - b)
}

interface Image {
  readonly db: string
  readonly verdicts: ReadonlyArray<Verdict>
}

/** What the file lacks of what had been answered, and what else is wrong with it. */
const wrongWith = (world: World, { db, verdicts }: Image): ReadonlyArray<unknown> => {
  const [whole, isMade] = world.look(
    (file) => [
      file.pragma("integrity_check", { simple: true }),
      file.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'hq_migrations'").get() !== undefined
    ],
    db
  )
  if (whole !== "ok") return [whole]
  if (!isMade) return verdicts.includes("kept") ? ["the tables are not there"] : []
  world.check(db)
  return world.look((file) => [...contradicted(file, factsAfter(verdicts)), ...torn(file)], db)
}

/** A server starts on what the power left, and goes on. */
const serve = async (world: World, image: Image) => {
  const server = world.start({ AGENT_DB_PATH: image.db })
  await server.ready
  assert.deepEqual(wrongWith(world, image), [])
  await goOn(server.call)
  await close(server)
  assert.deepEqual(wrongWith(world, image), [])
}

interface Size {
  readonly seed: number
  /** Places besides those around answers and syncs. */
  readonly others: number
  /** Images of each place that keep some of what was not synced, besides the two that keep all and none. */
  readonly some: number
  /** How likely a server starts on an image. */
  readonly served: number
}

/** Hands over every image of every place, with the files on disk. */
const eachImage = async (
  world: World,
  library: string,
  synchronous: string,
  random: Random,
  { others, some }: Pick<Size, "others" | "some">,
  look: (image: Image) => Promise<void>
) => {
  const { journal, pid } = await record(world, library, synchronous)
  const known = answered(journal, pid)
  assert.equal(known.at(-1), knownWork.length)
  const disk = new Disk()
  const db = join(world.folder, "image.db")
  const all = places(random, journal, others)
  let played = 0
  for (const at of all) {
    while (played < at) disk.play(journal[played++] as Entry)
    const answers = at === 0 ? 0 : (known[at - 1] as number)
    // The next call may have begun.
    const verdicts = knownWork.slice(0, answers + 1).map((_, index): Verdict => (index < answers ? "kept" : "open"))
    for (const keeps of ["none", "all", ...Array.from({ length: some }, () => "some" as const)] as const) {
      for (const beside of ["", "-wal", "-shm", "-journal"]) rmSync(`${db}${beside}`, { force: true })
      writeFileSync(db, "")
      for (const [name, bytes] of disk.afterPowerLoss(random, keeps)) writeFileSync(`${db}${name}`, bytes)
      try {
        await look({ db, verdicts })
      } catch (error) {
        const text = `before call ${at} of the disk, ${keeps} of what was not synced kept, ${answers} answers given`
        throw new Error(`${text}: ${(error as Error).message}`, { cause: error })
      }
    }
  }
  return all.length
}

const play = async (world: World, library: string, { others, seed, served, some }: Size) => {
  const random = seeded(seed)
  const figures = { answers: knownWork.length, images: 0, served: 0, imagesThatLostAnswersOfNormal: 0 }
  const places = await eachImage(world, library, "FULL", random, { others, some }, async (image) => {
    figures.images++
    if (random.chance(served)) {
      figures.served++
      await serve(world, image)
    } else assert.deepEqual(wrongWith(world, image), [])
  })
  // Without a sync at each commit answers are lost, but the file stays whole: so this would be noticed.
  await eachImage(world, library, "NORMAL", random, { others: 0, some: 0 }, async (image) => {
    const wrong = wrongWith(world, image)
    if (wrong.length > 0) figures.imagesThatLostAnswersOfNormal++
    for (const one of wrong) assert.match(String(one), /should be true|tables are not there/)
  })
  assert(figures.imagesThatLostAnswersOfNormal > 0)
  return { ...figures, places }
}

/**
 * The power fails at any moment: what was synced is kept, and any part of what was not. Whatever is left, every answer that had been
 * given before still holds.
 */
export const powerLoss = (size: Size) =>
  inWorld({}, async (world) => {
    const library = buildDiskFaults(world.folder)
    return library === undefined ? noDiskFaults : play(world, library, size)
  })
