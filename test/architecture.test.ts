import { spawnSync } from "node:child_process"
import { mkdirSync, writeFileSync } from "node:fs"
import { dirname, join, relative, resolve } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import type { ICruiseResult } from "dependency-cruiser"
import { tempFolder } from "./support/temp.ts"

type Import = readonly [from: string, to: string]

/** The imports that break each rule. An empty second name stands for a file that nothing imports. */
const forbidden: Record<string, ReadonlyArray<Import>> = {
  "domain-is-pure": [
    ["src/domain/Step.ts", "src/services/Steps.ts"],
    ["src/domain/plan/Graph.ts", "src/layers/store/rows.ts"],
    ["src/domain/Clock.ts", "node:os"],
    ["src/domain/Row.ts", "@effect/sql"]
  ],
  "braces-in-globs": [
    ["src/domain/plan/Plan.ts", "brace-expansion"],
    ["src/layers/plan/overlaps.ts", "brace-expansion"]
  ],
  "services-are-contracts": [
    ["src/services/Projects.ts", "src/layers/projects/Projects.ts"],
    ["src/services/Files.ts", "node:fs"],
    ["src/services/Tables.ts", "@effect/sql"]
  ],
  "config-makes-settings": [
    ["src/layers/config/Bad.ts", "src/layers/store/rows.ts"],
    ["src/layers/config/Home.ts", "node:os"]
  ],
  "store-names-no-engine": [
    ["src/layers/store/Store.ts", "src/layers/store/sqlite/client.ts"],
    ["src/layers/store/Wal.ts", "node:fs"],
    ["src/layers/store/Driver.ts", "better-sqlite3"],
    ["src/layers/store/Ready.ts", "src/layers/plan/ready.ts"]
  ],
  "engine-knows-only-the-store": [
    ["src/layers/store/sqlite/Other.ts", "src/layers/store/postgres/client.ts"],
    ["src/layers/store/postgres/Other.ts", "src/layers/store/sqlite/client.ts"],
    ["src/layers/store/sqlite/migrations/0001.ts", "src/layers/plan/ready.ts"],
    ["src/layers/store/postgres/Env.ts", "src/layers/config/Config.ts"]
  ],
  "driver-in-its-engine": [
    ["src/layers/steps/Raw.ts", "better-sqlite3"],
    ["src/layers/Coordination.ts", "@effect/sql-sqlite-node"],
    ["src/main.ts", "better-sqlite3"]
  ],
  "plan-is-below-behaviour": [
    ["src/layers/plan/Up.ts", "src/layers/steps/Steps.ts"],
    ["src/layers/plan/Engine.ts", "src/layers/store/sqlite/client.ts"],
    ["src/layers/plan/Files.ts", "node:fs"]
  ],
  "behaviour-rooms-apart": [
    ["src/layers/steps/claim/Bad.ts", "src/layers/recovery/sweep.ts"],
    ["src/layers/recovery/Bad.ts", "src/layers/session/Claims.ts"],
    ["src/layers/reports/Bad.ts", "src/layers/steps/Steps.ts"],
    ["src/layers/session/Bad.ts", "src/layers/projects/Projects.ts"],
    ["src/layers/projects/Engine.ts", "src/layers/store/sqlite/client.ts"],
    ["src/layers/reports/Files.ts", "node:fs"],
    ["src/layers/session/Env.ts", "src/layers/config/Config.ts"]
  ],
  "coordination-opens-no-door": [["src/layers/Coordination.ts", "src/mcp/Tool.ts"]],
  "doors-call-services": [
    ["src/mcp/tools/Bad.ts", "src/layers/steps/Steps.ts"],
    ["src/http/Bad.ts", "src/layers/store/rows.ts"],
    ["src/cli/Bad.ts", "src/mcp/Tool.ts"]
  ],
  "worker-calls-services": [
    ["src/layers/worker/Bad.ts", "src/layers/steps/Steps.ts"],
    ["src/layers/worker/Files.ts", "node:fs"],
    ["src/layers/worker/Node.ts", "@effect/platform-node"]
  ],
  "wiring-at-the-top": [
    ["src/mcp/server/Start.ts", "src/main.ts"],
    ["src/layers/config/All.ts", "src/layers/Coordination.ts"]
  ],
  "sdk-in-the-server": [["src/mcp/tools/Sdk.ts", "@modelcontextprotocol/sdk"]],
  "command-line-in-its-program": [
    ["src/main.ts", "src/cli/run.ts"],
    ["src/mcp/Help.ts", "@effect/cli"]
  ],
  "platform-in-programs": [["src/mcp/server/Platform.ts", "@effect/platform-node"]],
  "packages-are-declared": [
    ["src/mcp/server/Queue.ts", "plainjob"],
    ["src/main.ts", "chalk"]
  ],
  "src-stands-alone": [["src/mcp/server/Fake.ts", "test/support/fake.ts"]],
  "no-unused-file": [["src/domain/Unused.ts", ""]],
  "no-orphan": [["bench/orphan.ts", ""]],
  "no-circle": [["demo/agent.ts", "demo/screen.ts"]],
  "imports-resolve": [["bench/lost.ts", "./nowhere.ts"]]
}

/** Closes the circle of no-circle, which is reported once. */
const wayBack: Import = ["demo/screen.ts", "demo/agent.ts"]

const allowed: ReadonlyArray<Import> = [
  ["src/domain/Globs.ts", "brace-expansion"],
  ["src/domain/Entities.ts", "effect"],
  ["src/services/Steps.ts", "src/domain/Entities.ts"],
  ["src/layers/config/Config.ts", "src/services/Steps.ts"],
  ["src/layers/store/rows.ts", "@effect/sql"],
  ["src/layers/store/sqlite/client.ts", "better-sqlite3"],
  ["src/layers/store/sqlite/client.ts", "src/layers/store/rows.ts"],
  ["src/layers/store/postgres/client.ts", "node:net"],
  ["src/layers/plan/ready.ts", "src/layers/store/rows.ts"],
  ["src/layers/steps/Steps.ts", "src/layers/steps/claim/claim.ts"],
  ["src/layers/steps/claim/claim.ts", "src/layers/plan/ready.ts"],
  ["src/layers/worker/Git.ts", "@effect/platform"],
  ["src/layers/worker/Git.ts", "src/services/Steps.ts"],
  ["src/mcp/tools/steps.ts", "src/mcp/Tool.ts"],
  ["src/mcp/tools/steps.ts", "src/services/Steps.ts"],
  ["src/mcp/server/Server.ts", "@modelcontextprotocol/sdk"],
  ["src/mcp/server/Server.ts", "src/domain/version.ts"],
  ["src/index.ts", "src/layers/Coordination.ts"],
  ["src/main.ts", "@effect/platform-node"],
  ["bench/main.ts", "src/index.ts"]
]

/** Ways to import: the rules hold for each of them. */
const ways: Record<string, (to: string) => string> = {
  "src/domain/Plain.ts": (to) => `import ${to}`,
  "src/domain/Typed.ts": (to) => `import type { Stats } from ${to}`,
  "src/domain/Passed.ts": (to) => `export * from ${to}`,
  "src/domain/Later.ts": (to) => `export const later = () => import(${to})`
}

const packages = {
  dependencies: ["better-sqlite3", "brace-expansion", "@modelcontextprotocol/sdk"],
  peerDependencies: ["effect", "@effect/platform", "@effect/sql"],
  devDependencies: ["plainjob", "@effect/platform-node", "@effect/sql-sqlite-node", "@effect/cli"],
  undeclared: ["chalk"]
}

const root = resolve(import.meta.dirname, "..")
const cruiser = join(root, "node_modules/dependency-cruiser/bin/dependency-cruise.mjs")

/** Writes files below a folder. */
const writerIn = (folder: string) => (path: string, text: string) => {
  mkdirSync(join(folder, dirname(path)), { recursive: true })
  writeFileSync(join(folder, path), text)
}

/** Writes a small project with all these imports into a folder. */
const writeProject = (folder: string) => {
  const write = writerIn(folder)
  const files = new Map<string, Array<string>>()
  const linesOf = (file: string) => {
    if (!files.has(file)) files.set(file, [])
    return files.get(file) as Array<string>
  }
  for (const [from, to] of [...Object.values(forbidden).flat(), ...allowed, wayBack]) {
    if (to === "") linesOf(from)
    else if (!/^(src|test|demo)\//.test(to)) linesOf(from).push(`import "${to}"`)
    else {
      linesOf(to)
      linesOf(from).push(`import "./${relative(dirname(from), to)}"`)
    }
  }
  for (const [from, line] of Object.entries(ways)) linesOf(from).push(line('"node:fs"'))
  for (const file of files.keys()) {
    if (/^src\/.*(?<!main|index|Unused)\.ts$/.test(file)) linesOf("src/index.ts").push(`import "./${file.slice(4)}"`)
  }
  for (const [file, lines] of files) write(file, lines.join("\n"))

  const versions = (names: ReadonlyArray<string>) => Object.fromEntries(names.map((name) => [name, "1.0.0"]))
  const { dependencies, devDependencies, peerDependencies } = packages
  write(
    "package.json",
    JSON.stringify({
      dependencies: versions(dependencies),
      devDependencies: versions(devDependencies),
      peerDependencies: versions(peerDependencies)
    })
  )
  for (const name of Object.values(packages).flat()) {
    write(`node_modules/${name}/package.json`, JSON.stringify({ name, version: "1.0.0", main: "index.js" }))
    write(`node_modules/${name}/index.js`, "")
  }
}

/** Runs the linter's command in a folder: all names of rules, and the rules that each import breaks. */
const check = (folder: string) => {
  const { stdout } = spawnSync(
    process.execPath,
    [cruiser, "--config", join(root, ".dependency-cruiser.mjs"), "--output-type", "json", "src", "bench", "demo"],
    { cwd: folder, encoding: "utf8" }
  )
  const { modules, summary } = JSON.parse(stdout) as ICruiseResult
  const written = new Map(
    modules.flatMap(({ dependencies, source }) =>
      dependencies.map(({ module, protocol = "", resolved }) => [
        `${source} → ${resolved}`,
        module.startsWith(".") ? resolved : protocol + module
      ])
    )
  )
  const broken: Record<string, ReadonlyArray<string>> = {}
  for (const { from, rule, to } of summary.violations) {
    const nameOf = { "no-unused-file": `${to} → `, "no-orphan": `${from} → ` }[rule.name]
    const key = nameOf ?? `${from} → ${written.get(`${from} → ${to}`)}`
    broken[key] = [...(broken[key] ?? []), rule.name]
  }
  return { broken, rules: (summary.ruleSetUsed?.forbidden ?? []).map(({ name }) => name) }
}

describe("rules between rooms", () => {
  const folder = tempFolder()
  writeProject(folder)
  const { broken, rules } = check(folder)

  it("are all tested here", () => {
    assert.sameMembers(Object.keys(forbidden), rules)
  })

  it.each(Object.entries(forbidden))("%s fails", (name, imports) => {
    for (const [from, to] of imports) assert.include(broken[`${from} → ${to}`] ?? [], name, `${from} → ${to}`)
  })

  it("allow every other import", () => {
    for (const [from, to] of allowed) assert.isUndefined(broken[`${from} → ${to}`], `${from} → ${to}`)
  })

  it.each(Object.keys(ways))("see the import in %s", (from) => {
    assert.deepStrictEqual(broken[`${from} → node:fs`], ["domain-is-pure"])
  })
})

describe("npm run rooms", () => {
  const rooms = (cwd: string) =>
    spawnSync(process.execPath, [join(root, "scripts/rooms.mjs")], { cwd, encoding: "utf8" })

  it("finds no circle and no room above a fifth", () => {
    const { status, stderr, stdout } = rooms(root)
    assert.deepStrictEqual({ status, stderr }, { status: 0, stderr: "" })
    assert.match(stdout, /\nNo room is above a fifth of src\.\nNo circle between rooms\.\n$/)
  })

  it("fails with a circle, also if no file is part of one, and with a large room", () => {
    const folder = tempFolder()
    const write = writerIn(folder)
    write("package.json", "{}")
    write("src/a/first.ts", 'import "../b/only.ts"\n')
    write("src/b/only.ts", 'import "../a/last.ts"\n')
    write("src/a/last.ts", "export const last = 1\n".repeat(3))
    const { status, stdout } = rooms(folder)
    assert.strictEqual(status, 1)
    assert.match(stdout, /\na +2 +4 +80\.0 % +b 1\nb +1 +1 +20\.0 % +a 1\n/)
    assert.match(stdout, /\nAbove a fifth of src: a\.\nA circle between rooms: a → b → a\.\n$/)
  })
})
