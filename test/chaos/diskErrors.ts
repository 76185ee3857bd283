import assert from "node:assert/strict"
import { copyFileSync } from "node:fs"
import { join } from "node:path"
import { type Answer, Unanswered } from "../support/client.ts"
import {
  buildDiskFaults,
  type Call,
  type Fault,
  type FaultyDisk,
  faultyDisk,
  noDiskFaults
} from "../support/diskFaults.ts"
import { contradicted, factsAfter, goOn, knownWork, torn, type Verdict } from "../support/knownWork.ts"
import { type Random, seeded } from "../support/random.ts"
import type { ServerProcess } from "../support/server.ts"
import { close, inWorld, value, type World } from "../support/world.ts"

const errors = ["EIO", "ENOSPC", "short"] as const
const calls: ReadonlyArray<Call> = ["open", "write", "write", "sync", "sync", "truncate", "unlink", "any"]

const randomFault = (random: Random, most: number): Fault => ({
  call: random.pick(calls),
  at: random.int(1, most),
  act: random.pick(errors),
  repeat: random.pick(["once", "always"])
})

const toText = ({ act, at, call, repeat }: Fault) => `${act} at ${call} ${at}, ${repeat}`

/** What the caller may believe of the call. */
const verdictOf = ({ isError, structured, text }: Answer): Verdict => {
  if (!isError) return "kept"
  const tag: string = structured.error._tag
  if (tag === "OutcomeUnknown") return "open"
  // A call that another's failure has left nothing to do on is refused as ever.
  if (["StorageBusy", "Conflict", "NotFound", "DependencyUnmet"].includes(tag)) return "not kept"
  assert.equal(tag, "StorageFailure", text)
  if (/nothing (of this call was kept|was changed)/i.test(text)) return "not kept"
  assert.match(text, /do not rely on this call|cannot be opened/)
  return "open"
}

const wrong = (world: World, db: string, verdicts: ReadonlyArray<Verdict>) => {
  world.check(db)
  assert.deepEqual(
    world.look((file) => [...contradicted(file, factsAfter(verdicts)), ...torn(file)], db),
    []
  )
}

/** Whether the server takes writes again, now that the disk is well. One that does not says so. */
const goesOn = async (server: ServerProcess): Promise<boolean> => {
  const { isError, structured, text } = await server.call("heartbeat", { step_id: 4, agent_id: "nobody" })
  assert(isError)
  if (structured.error._tag === "Conflict") return true
  assert.match(text, /^StorageFailure: /)
  return false
}

/** The disk fails in the midst of the known work, and heals a few calls later. */
const work = async (world: World, random: Random, disk: FaultyDisk, db: string, fault: Fault, tags: Set<string>) => {
  const server = world.start({ ...disk.env, AGENT_DB_PATH: db, HQ_BUSY_TIMEOUT: "500 millis", HQ_LOG_LEVEL: "none" })
  const from = random.int(1, knownWork.length - 4)
  const until = from + random.int(1, 3)
  const verdicts: Array<Verdict> = []
  for (const [at, { input, tool }] of knownWork.entries()) {
    if (at === from) disk.set(fault)
    // A write after a checkpoint goes to the beginning of the log, one without to its end.
    if (at === from && random.chance(0.5)) world.checkpoint(db)
    const answer = await server.call(tool, input)
    if (answer.isError) tags.add(answer.structured.error._tag)
    verdicts.push(verdictOf(answer))
    if (at === until) disk.heal()
  }
  wrong(world, db, verdicts)
  const isWell = await goesOn(server)
  if (isWell) await goOn(server.call)
  const isKilled = random.chance(0.5)
  if (isKilled) server.signal("SIGKILL")
  else server.endInput()
  await server.ended
  const next = world.start({ AGENT_DB_PATH: db })
  await next.ready
  wrong(world, db, verdicts)
  if (!isWell) await goOn(next.call)
  await close(next)
  wrong(world, db, verdicts)
  return isWell
}

/** The disk fails while a server starts on no file: it comes up all the same, or says in one line which file it cannot open. */
const start = async (world: World, disk: FaultyDisk, db: string, fault: Fault) => {
  disk.set(fault)
  const server = world.start({ ...disk.env, AGENT_DB_PATH: db, HQ_BUSY_TIMEOUT: "500 millis" })
  const isUp = await server.ready.then(
    () => true,
    (error) => {
      if (error instanceof Unanswered) return false
      throw error
    }
  )
  if (!isUp) {
    assert.equal(await server.ended, 1)
    assert.match(server.stderr(), /^hq: [^\n]+\n$/)
    assert(server.stderr().includes(db), server.stderr())
  }
  disk.heal()
  if (isUp) await goOn(server.call)
  server.endInput()
  await server.ended
  const next = world.start({ AGENT_DB_PATH: db })
  await next.ready
  if (!isUp) await goOn(next.call)
  else await value(next.call("get_project", { name: "afterwards" }))
  await close(next)
  world.check(db)
  return isUp
}

interface Size {
  readonly seed: number
  readonly works: number
  readonly starts: number
}

/**
 * Writes, syncs and other calls fail with EIO or ENOSPC or are cut short, once or until the disk heals. Every answer is true: what was
 * acknowledged is kept, what was said not to be kept is not there, also after a kill; then the same process goes on, or a new one.
 */
export const diskErrors = ({ seed, starts, works }: Size) =>
  inWorld({}, async (world) => {
    const library = buildDiskFaults(world.folder)
    if (library === undefined) return noDiskFaults
    const random = seeded(seed)
    const empty = join(world.folder, "empty.db")
    await close(world.start({ AGENT_DB_PATH: empty }))
    const tags = new Set<string>()
    const hits = new Set<string>()
    const figures = { works, starts, met: 0, restarts: 0, failedStarts: 0 }
    let left = works + starts
    const one = async () => {
      while (left-- > 0) {
        const isWork = left < works
        const db = join(world.folder, `${left}.db`)
        const own = seeded(random.int(0, 2 ** 31))
        const fault = randomFault(own, isWork ? 12 : 40)
        const disk = faultyDisk(library, db)
        try {
          if (isWork) {
            copyFileSync(empty, db)
            if (!(await work(world, own, disk, db, fault, tags))) figures.restarts++
          } else if (!(await start(world, disk, db, fault))) figures.failedStarts++
        } catch (error) {
          const text = `${isWork ? "work" : "start"}, ${toText(fault)} (${disk.hits().slice(0, 3)})`
          throw new Error(`${text}: ${(error as Error).message}`, { cause: error })
        }
        if (disk.hits().length > 0) figures.met++
        for (const hit of disk.hits()) hits.add(`${fault.act} ${hit}`.trim())
      }
    }
    await Promise.all([one(), one()])
    return { ...figures, calls: [...hits].toSorted().join(", "), answers: [...tags].join(", ") }
  })
