import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import * as Effect from "effect/Effect"
import { exitCode } from "../../src/cli/base/exitCode.ts"
import { cli, stored } from "./cli.ts"
import { free, hq, plan } from "./hq.ts"

/** The base commit of the project that is completed. That of the other one is in no repository. */
export const knownCommit = "known"

/** Step 1 is completed, 2 at work, 3 failed, 9 waits for 2, and the rest is ready. Another project is completed. */
const fullOnce = Effect.runSync(
  Effect.cached(
    stored(
      Effect.gen(function* () {
        yield* hq.create("myapp", { ...free(8), 9: [2] })
        yield* hq.finish("a", { project: "myapp", step_num: 1 })
        yield* hq.takeAndStart("b", { project: "myapp", step_num: 2 })
        yield* hq.failNext("c", { project: "myapp", step_num: 3 })
        yield* hq.createProject({ ...plan("done", free(1)), base_commit: knownCommit })
        yield* hq.finish("a", { project: "done" })
      })
    ).pipe(Effect.map((file) => readFileSync(file)))
  )
)

const emptyOnce = Effect.runSync(Effect.cached(Effect.map(stored(Effect.void), (file) => readFileSync(file))))

/** Writes a database file: of a plan in full swing, or without a project. */
export const fillFile = (file: string, isEmpty = false) =>
  Effect.map(isEmpty ? emptyOnce : fullOnce, (bytes) => writeFileSync(file, bytes, { mode: 0o600 }))

/** The files that command lines name, in the folder that they run in. */
export const writeFiles = (folder: string) =>
  Effect.gen(function* () {
    const at = (name: string) => join(folder, name)
    yield* fillFile(at("backup.db"))
    yield* cli(at("backup.db"), ["export", at("all.jsonl")])
    const { out } = yield* cli(at("backup.db"), ["plan", "export", "done", "--json"])
    writeFileSync(at("plan.json"), JSON.stringify({ ...JSON.parse(out), name: "new" }))
    writeFileSync(at("wrong.json"), '{"name": "new", "steps": [{"num": 0}]}')
    writeFileSync(at("garbage"), "garbage")
  })

const { busy, conflict, failure, notFound, notYet, ok, usage } = exitCode

/** What a command line does on each kind of store. */
export interface Case {
  /** What follows the command's name. `@` stands for the folder of its files. */
  readonly args: string
  readonly empty: number
  readonly full: number
  /** On a full store whose write lock another process holds for longer than HQ_BUSY_TIMEOUT. */
  readonly locked: number
  /** Whether it goes on until Ctrl-C. */
  readonly endless?: true
  /** Opens no store, or only its file: whose codes are those where no file can be made, and where another process has it alone. */
  readonly own?: { readonly nowhere: number; readonly taken: number }
  /** Other lines on a full store, and how they fail. */
  readonly fails: ReadonlyArray<readonly [args: string, code: number, tag: string]>
}

/** It reads. @param empty what it says of an empty store */
const reads = (args: string, empty: number, ...fails: Case["fails"]): Case => ({
  args,
  empty,
  full: ok,
  locked: ok,
  fails
})

const noProject = (args = "none"): Case["fails"][number] => [args, notFound, "NotFound"]
const noUse = (args: string): Case["fails"][number] => [args, usage, "UsageError"]
const refused = (args: string): Case["fails"][number] => [args, conflict, "Conflict"]
const fails = (args: string): Case["fails"][number] => [args, failure, "CommandFailure"]

/** It changes what it names. */
const acts = (args: string, ...fails: Case["fails"]): Case => ({
  args,
  empty: notFound,
  full: ok,
  locked: busy,
  fails
})

const withoutStore = { nowhere: ok, taken: ok }

/** Every command, as it works, and how it fails. */
export const cases: Readonly<Record<string, Case>> = {
  status: reads("", ok, noProject()),
  projects: reads("", ok, noUse("--status no-such-status")),
  steps: reads("myapp", notFound, noProject(), noUse("--status no-such-status")),
  show: reads("myapp#2", notFound, noProject("myapp#10"), noProject("none#1"), noUse("myapp")),
  agents: reads("", ok),
  queue: reads("", ok),
  events: reads("", ok, noProject(), noUse("--limit 0")),
  explain: reads("myapp#9", notFound, noProject(), noProject("myapp#10")),
  overlaps: reads("myapp", notFound, noProject()),
  metrics: reads("", ok, noProject()),
  watch: { ...reads("", ok, noProject()), endless: true },
  wait: reads(
    "done",
    notFound,
    ["myapp#5 --timeout 10ms", notYet, "NotYet"],
    fails("myapp"),
    noProject(),
    noUse("done --timeout soon")
  ),
  work: {
    ...{ args: "done -- true", empty: notFound, full: ok, locked: ok },
    fails: [noUse("done"), noUse("done --agents 0 -- true"), noProject("none -- true"), fails("myapp -- true")]
  },
  recover: acts("myapp#3", refused("myapp#5"), noProject("myapp#10"), noUse("")),
  release: acts("myapp#2 --force", refused("myapp#5"), noUse("myapp")),
  pause: acts("myapp", noProject()),
  resume: acts("myapp", noProject()),
  abort: acts("myapp --yes", noUse("myapp"), noProject("none --yes")),
  priority: acts("myapp 3", noProject("none 3"), noUse("myapp high")),
  merge: acts("myapp#1 abc123", refused("myapp#5 abc123"), noProject("myapp#10 abc123")),
  reopen: acts("myapp#1 --reason why", refused("myapp#5 --reason why"), noUse("myapp#1")),
  delete: acts("myapp --yes --force", refused("myapp --yes"), noUse("done"), noProject("none --yes")),
  "plan check": reads("@/plan.json", ok, ["@/wrong.json", usage, "InvalidPlan"], fails("@/none.json")),
  "plan import": {
    ...{ args: "@/plan.json --yes", empty: ok, full: ok, locked: busy },
    fails: [noUse("@/plan.json"), ["@/wrong.json --yes", usage, "InvalidPlan"], fails("@/none.json --yes")]
  },
  "plan diff": reads("@/plan.json", ok, ["@/wrong.json", usage, "InvalidPlan"], fails("@/none.json")),
  "plan edit": reads("myapp", notFound, noProject()),
  "plan export": reads("myapp", notFound, noProject()),
  doctor: { ...reads("", ok), own: { nowhere: failure, taken: busy } },
  backup: {
    ...{ args: "@/copy.db", empty: failure, full: ok, locked: ok },
    own: { nowhere: failure, taken: busy },
    fails: [refused("@/backup.db"), noUse("")]
  },
  restore: {
    ...{ args: "@/backup.db --yes", empty: ok, full: ok, locked: conflict },
    own: { nowhere: failure, taken: conflict },
    fails: [
      noUse("@/backup.db"),
      ["@/none.db --yes", failure, "StorageFailure"],
      ["@/garbage --yes", failure, "StorageFailure"]
    ]
  },
  export: reads("@/copy.jsonl", ok, refused("@/all.jsonl"), fails("@/none/copy.jsonl")),
  import: {
    ...{ args: "@/all.jsonl", empty: ok, full: conflict, locked: busy },
    fails: [refused("@/all.jsonl"), fails("@/none.jsonl")]
  },
  "mcp install": {
    ...reads("--client claude", ok, noUse("--client none"), noUse("")),
    own: withoutStore
  },
  completion: { ...reads("bash", ok, noUse("ksh"), noUse("")), own: withoutStore }
}
