/*
 * The rules between rooms: what the files of each folder may import. `npm run lint` checks them, and test/architecture.test.ts proves that
 * each of them can fail. A path is a regular expression, and $1 is the first group of `from`. Imports of types count.
 */

const paths = (...starts) => starts.map((start) => `^${start}`)
const packages = (...names) => names.map((name) => `^node_modules/${name}/`)

/** The folders that implement the services. */
const behaviour = "^src/layers/(projects|recovery|reports|session|steps|transfer)/"
/** The store's own files, without those of its engines. */
const store = "src/layers/store/[^/]+$"
const engines = "^src/layers/store/(postgres|sqlite)/"
const contracts = paths("src/services/", "src/domain/")
const sql = packages("effect", "@effect/sql")
/** Only hq's own programs use them, and hold them in their bundles. */
const commandLine = packages("@effect/cli", "@effect/printer", "@effect/printer-ansi", "string-width", "js-yaml")
const platform = packages("@effect/platform", "@effect/platform-node")

const rule = (name, comment, from, to) => ({ name, comment, severity: "error", from, to })

/** @type {import("dependency-cruiser").IConfiguration} */
export default {
  forbidden: [
    rule(
      "domain-is-pure",
      "The domain has no I/O, so that any test can call it without a database or a process.",
      { path: "^src/domain/" },
      { pathNot: [...paths("src/domain/"), ...packages("effect", "brace-expansion")] }
    ),
    rule(
      "braces-in-globs",
      "The domain's only package, because bash's rules for braces are long. One file uses it, so that it is easy to replace.",
      { path: "^src/", pathNot: "^src/domain/Globs\\.ts$" },
      { path: packages("brace-expansion") }
    ),
    rule(
      "services-are-contracts",
      "A contract that imports an implementation imposes it on every caller.",
      { path: "^src/services/" },
      { pathNot: [...contracts, ...packages("effect")] }
    ),
    rule(
      "config-makes-settings",
      "The environment only becomes Settings, because a host app passes the same Settings in code.",
      { path: "^src/layers/config/" },
      { pathNot: [...paths("src/layers/config/", "src/services/"), ...packages("effect")] }
    ),
    rule(
      "store-names-no-engine",
      "All engines share these files. They depend on no engine and no driver.",
      { path: `^${store}` },
      { pathNot: [...paths(store), ...contracts, ...sql] }
    ),
    rule(
      "engine-knows-only-the-store",
      "An engine serves every room above it, so it imports none of them, and no other engine.",
      { path: engines },
      { path: "^src/", pathNot: [...paths("src/layers/store/$1/", store), ...contracts] }
    ),
    rule(
      "driver-in-its-engine",
      "All code outside an engine's folder runs on every engine.",
      { path: "^src/", pathNot: engines },
      { path: packages("better-sqlite3", "@effect/sql-sqlite-node", "pg", "@effect/sql-pg") }
    ),
    rule(
      "plan-is-below-behaviour",
      "The behaviour rooms share these queries. They depend on no behaviour room and no engine.",
      { path: "^src/layers/plan/" },
      { pathNot: [...paths("src/layers/plan/", store), ...contracts, ...sql] }
    ),
    rule(
      "behaviour-rooms-apart",
      "Each room can be read alone. Rooms share code through plan and store, and leave I/O to the engine.",
      { path: behaviour },
      { pathNot: [...paths("src/layers/$1/", "src/layers/plan/", store), ...contracts, ...sql] }
    ),
    rule(
      "coordination-opens-no-door",
      "A host app that embeds the services must not load MCP, HTTP or the CLI.",
      { path: "^src/layers/Coordination\\.ts$" },
      { path: "^src/", pathNot: [...paths("src/layers/"), ...contracts] }
    ),
    rule(
      "doors-call-services",
      "MCP, HTTP and the CLI call contracts only, so that none of them holds a transaction or repeats a rule.",
      { path: "^src/(cli|http|mcp)/" },
      { path: "^src/", pathNot: [...paths("src/$1/", "src/domain/version\\.ts$"), ...contracts] }
    ),
    rule(
      "worker-calls-services",
      "The worker is a caller of the services like any other. A host brings the platform on which it runs git and programs.",
      { path: "^src/layers/worker/" },
      { pathNot: [...paths("src/layers/worker/"), ...contracts, ...packages("effect", "@effect/platform")] }
    ),
    rule(
      "wiring-at-the-top",
      "These four files see every room. A file that imports one of them would see every room too.",
      { path: "^src/", pathNot: "^src/(main|command|index)\\.ts$" },
      { path: "^src/(main|command|index|layers/Coordination)\\.ts$" }
    ),
    rule(
      "sdk-in-the-server",
      "A new version of the MCP SDK must affect only a few files of one folder.",
      { path: "^src/", pathNot: paths("src/mcp/server/", "src/http/") },
      { path: packages("@modelcontextprotocol/sdk") }
    ),
    rule(
      "command-line-in-its-program",
      "The server must start as fast as without a command line, and a host app must not load one.",
      { path: "^src/", pathNot: paths("src/command\\.ts$", "src/cli/") },
      { path: [...paths("src/cli/"), ...commandLine] }
    ),
    rule(
      "platform-in-programs",
      "A host app brings its own platform. Only hq's own programs need this one.",
      { path: "^src/", pathNot: paths("src/(main|command)\\.ts$", "src/(cli|http)/", "src/layers/worker/") },
      { path: platform }
    ),
    rule(
      "packages-are-declared",
      "An installed library has only its dependencies and peers. What hq's programs alone need is bundled into them.",
      { path: "^src/" },
      {
        dependencyTypes: ["npm-dev", "npm-no-pkg", "npm-unknown"],
        dependencyTypesNot: ["npm", "npm-peer"],
        pathNot: [...platform, ...commandLine]
      }
    ),
    rule(
      "src-stands-alone",
      "Only src is published.",
      { path: "^src/" },
      { path: "^(bench|demo|examples|scripts|test)/" }
    ),
    rule(
      "no-unused-file",
      "A file is dead code if neither the program nor the library reaches it.",
      { path: "^src/(main|command|index)\\.ts$" },
      { path: "^src/", pathNot: "^src/(main|command|index)\\.ts$", reachable: false }
    ),
    rule(
      "no-orphan",
      "A file that imports nothing is dead code if nothing imports it.",
      { orphan: true, pathNot: "^test/" },
      {}
    ),
    rule("no-circle", "Files in a circle can only be read and changed together.", {}, { circular: true }),
    rule("imports-resolve", "The other rules compare the paths of resolved imports.", {}, { couldNotResolve: true })
  ],
  options: {
    doNotFollow: { path: "^node_modules/" },
    // TypeScript 7 has no compiler API for dependency-cruiser.
    parser: "swc",
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      conditionNames: ["import", "require", "node", "default"]
    }
  }
}
