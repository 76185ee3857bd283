// An Effect app embeds hq twice: with its own file, and in the app's database. Run it with `npx tsx examples/embedding.ts`.

import * as FileSystem from "@effect/platform/FileSystem"
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as SqlClient from "@effect/sql/SqlClient"
import * as SqliteClient from "@effect/sql-sqlite-node/SqliteClient"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
// An app imports this from "hq-effect".
import { AgentId, Coordination, ProjectName, Projects, Steps } from "../src/index.ts"

const project = ProjectName.make("web-shop")
const [ada, grace] = [AgentId.make("ada"), AgentId.make("grace")]

const makePlan = Effect.flatMap(Projects, (projects) =>
  projects.create({
    name: project,
    base_commit: "9fceb02",
    steps: [
      { step_num: 1, branch: "step1/db-schema", scope: "db" },
      { step_num: 2, branch: "step2/ui-layout", scope: "ui" },
      { step_num: 3, branch: "step3/api-cart", scope: "api", depends_on: [1] }
    ]
  })
)

/** Errors are part of the types, and the app handles them by their tags. */
const inItsOwnFile = Effect.gen(function* () {
  const hq = yield* Steps
  yield* makePlan
  const { step } = yield* hq.claim({ project, agent_id: ada })
  if (step === null) return
  yield* Console.log(`ada claimed ${step.branch}`)
  yield* hq
    .start({ step_id: step.id, agent_id: grace })
    .pipe(
      Effect.catchTag("Conflict", ({ holder }) => Console.log(`grace may not start it: it is ${holder?.agent_id}'s`))
    )
  yield* hq.start({ step_id: step.id, agent_id: ada })
  const done = yield* hq.complete({ step_id: step.id, agent_id: ada, commit_hash: "1b2c3d4" })
  yield* Console.log(`ada's ${done.branch} is ${done.status}`)
})

/** One transaction stores a claim and a row of the app's own table, or neither. */
const inTheAppsDatabase = Effect.gen(function* () {
  const hq = yield* Steps
  const sql = yield* SqlClient.SqlClient
  yield* makePlan
  yield* sql`CREATE TABLE machines (name TEXT PRIMARY KEY, step_id INTEGER NOT NULL)`
  const claimOn = (machine: string) =>
    Effect.gen(function* () {
      const { step } = yield* hq.claim({ project, agent_id: grace })
      if (step === null) return "nothing"
      yield* sql`INSERT INTO machines ${sql.insert({ name: machine, step_id: step.id })}`
      return step.branch
    }).pipe(sql.withTransaction)

  yield* Console.log(`grace claimed ${yield* claimOn("m1")} on m1`)
  yield* claimOn("m1").pipe(Effect.catchTag("SqlError", () => Console.log("m1 is taken: the second claim is undone")))
  yield* Console.log(`grace claimed ${yield* claimOn("m2")} on m2`)
})

const app = Effect.gen(function* () {
  const folder = yield* (yield* FileSystem.FileSystem).makeTempDirectoryScoped({ prefix: "hq-embedding-" })
  const appsDatabase = SqliteClient.layer({ filename: `${folder}/app.db` })
  yield* Effect.provide(inItsOwnFile, Coordination.layerSqlite({ filename: `${folder}/hq.db` }))
  yield* Effect.provide(
    inTheAppsDatabase,
    Coordination.layer({ tablePrefix: "hq_" }).pipe(Layer.provideMerge(appsDatabase))
  )
})

app.pipe(Effect.scoped, Effect.provide(NodeFileSystem.layer), NodeRuntime.runMain)
