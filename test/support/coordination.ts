import * as SqlClient from "@effect/sql/SqlClient"
import * as SqliteClient from "@effect/sql-sqlite-node/SqliteClient"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { AgentId, ProjectName } from "../../src/domain/Ids.ts"
import type { CreateProject, StepDefinition } from "../../src/domain/Requests.ts"
import * as Coordination from "../../src/layers/Coordination.ts"
import * as SqliteDatabase from "../../src/layers/store/sqlite/SqliteDatabase.ts"
import { Settings, type SettingsValues } from "../../src/services/Settings.ts"
import { tempDatabase } from "./temp.ts"

export const agent = (name: string): AgentId => AgentId.make(name)
export const project = (name: string): ProjectName => ProjectName.make(name)

/** A plan of steps, each given as its number and those it depends on. */
export const plan = (name: string, steps: Record<number, ReadonlyArray<number>>): CreateProject => ({
  name: project(name),
  base_commit: "abc123",
  steps: Object.entries(steps).map(
    ([num, depends_on]): StepDefinition => ({
      step_num: Number(num),
      branch: `step${num}/work`,
      scope: "api",
      depends_on
    })
  )
})

export type Storage = Coordination.Coordination | SqlClient.SqlClient

/** Settings with some of them changed. */
export const settings = (changed: Partial<SettingsValues>): Layer.Layer<Settings> =>
  Layer.succeed(Settings, { ...Settings.defaultValue(), ...changed })

/**
 * Every way in which hq is given its database, for suites that must hold of all of them. Each layer makes a new real file;
 * SqlClient is there too, to look behind the services.
 */
export const storages: ReadonlyArray<{
  readonly name: string
  readonly prefix: string
  readonly layer: () => Layer.Layer<Storage, unknown>
}> = [
  {
    name: "file of its own",
    prefix: "",
    layer: () => {
      const filename = tempDatabase()
      return Layer.merge(Coordination.layerSqlite({ filename }), SqliteDatabase.layer({ filename }))
    }
  },
  {
    name: "host's database with a table prefix",
    prefix: "hq_",
    layer: () =>
      Coordination.layer({ tablePrefix: "hq_" }).pipe(
        Layer.provideMerge(SqliteClient.layer({ filename: tempDatabase() }))
      )
  }
]

/** Runs SQL as a person at the shell would. */
export const rows = <Row extends object>(
  statement: string
): Effect.Effect<ReadonlyArray<Row>, unknown, SqlClient.SqlClient> =>
  Effect.flatMap(SqlClient.SqlClient, (sql) => sql.unsafe<Row>(statement))
