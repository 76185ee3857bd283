import assert from "node:assert/strict"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as SqlClient from "@effect/sql/SqlClient"
import * as SqliteClient from "@effect/sql-sqlite-node/SqliteClient"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { AgentId, ProjectName } from "../../src/domain/Ids.ts"
import * as Coordination from "../../src/layers/Coordination.ts"
import { Projects } from "../../src/services/Projects.ts"
import { Steps } from "../../src/services/Steps.ts"
import { violationsIn } from "../support/invariants.ts"
import { planOf } from "../support/world.ts"

const plan = (name: string, steps: number) => ({ ...planOf(name, steps), name: ProjectName.make(name) })

const play = (file: string) =>
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const projects = yield* Projects
    const steps = yield* Steps
    const agent_id = AgentId.make("a")
    const claim = Effect.map(steps.claim({ project: ProjectName.make("p"), agent_id }), ({ step }) => {
      assert(step !== null)
      return step.id
    })
    yield* projects.create(plan("p", 20))
    const [toComplete, toFail] = yield* Effect.all([claim, claim])
    yield* steps.start({ step_id: toComplete })

    const [size] = yield* sql<{ page_count: number }>`PRAGMA page_count`
    const limit = (pages: number) => sql.unsafe(`PRAGMA max_page_count = ${pages}`)
    const events = sql<{ n: number }>`SELECT count(*) AS n FROM agent_events`
    yield* limit(size?.page_count ?? 0)
    const before = yield* events
    // Each needs more pages than there are.
    const writes = [
      projects.create(plan("another", 2000)),
      steps.complete({ step_id: toComplete, commit_hash: "c", notes: "n".repeat(60_000) }),
      steps.fail({ step_id: toFail, reason: "r".repeat(60_000) })
    ]
    for (const write of writes) {
      const error = yield* Effect.flip(Effect.asVoid<unknown, { readonly _tag: string }, never>(write))
      assert.equal(error._tag, "StorageFailure")
    }
    assert.deepEqual(yield* events, before)
    assert.deepEqual(violationsIn(file), [])
    assert.equal((yield* projects.get({ name: ProjectName.make("p") })).steps.length, 20)

    yield* limit(2 ** 30)
    for (const write of writes) yield* Effect.asVoid<unknown, unknown, never>(write)
    assert.deepEqual(violationsIn(file), [])
    return { writesFailed: writes.length }
  })

/** The same as a full disk, in a host's database whose size is limited: that needs no disk of its own. */
export const pageLimit = async (_: { seed: number }) => {
  const folder = mkdtempSync(join(tmpdir(), "hq-chaos-"))
  const filename = join(folder, "hq.db")
  try {
    const layer = Coordination.layer().pipe(Layer.provideMerge(SqliteClient.layer({ filename })))
    return await Effect.runPromise(Effect.provide(play(filename), layer))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
