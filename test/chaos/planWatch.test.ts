import Sqlite from "better-sqlite3"
import { assert, describe, it } from "vitest"
import { type Edit, lostEdits } from "./editLedger.ts"
import { type Claimed, type Edited, impossibleClaims, overlapsAtWork, type Told } from "./planWatch.ts"

const claim = (start: number, step_num: number, more: Partial<Claimed> = {}): Claimed => ({
  ...{ start, end: start + 1, step_id: step_num, step_num, attempt: 1, files: [], isOverlapAllowed: false },
  ...more
})
const edit = (start: number, more: Partial<Edited>): Edited => ({
  ...{ start, end: start + 1, links: [], loosened: [], cancelled: [] },
  ...more
})
const told = (more: Partial<Told>): Told => ({ claims: [], edits: [], completions: [], ...more })

describe("claims that cannot have been", () => {
  const blocked = edit(0, { links: [[1, 2]] })

  it("are those of a step that was cancelled before", () => {
    const edits = [edit(2, { cancelled: [1] })]
    assert.lengthOf(impossibleClaims(told({ edits, claims: [claim(4, 1), claim(4, 2), claim(2.5, 1)] })), 1)
  })

  it("are those of a step that waited for another by then, unless that was done or no longer needed", () => {
    const claims = [claim(5, 1)]
    assert.lengthOf(impossibleClaims(told({ edits: [blocked], claims })), 1)
    assert.lengthOf(impossibleClaims(told({ edits: [edit(4.5, blocked)], claims: [claim(0, 1)] })), 0)
    for (const start of [3, 5.5]) {
      const completions = [{ step_num: 2, start, end: 9 }]
      assert.lengthOf(impossibleClaims(told({ edits: [blocked], claims, completions })), 0)
      assert.lengthOf(impossibleClaims(told({ edits: [blocked, edit(start, { loosened: [2] })], claims })), 0)
    }
    const tooLate = [{ step_num: 2, start: 7, end: 9 }]
    assert.lengthOf(impossibleClaims(told({ edits: [blocked], claims, completions: tooLate })), 1)
  })
})

const database = (...statements: ReadonlyArray<string>) => {
  const db = new Sqlite(":memory:")
  db.exec(`
    CREATE TABLE projects (id INTEGER PRIMARY KEY, name TEXT, revision INTEGER);
    CREATE TABLE steps (id INTEGER PRIMARY KEY, project_id INTEGER, step_num INTEGER, branch TEXT, priority INTEGER);
    CREATE TABLE dependencies (step_id INTEGER, depends_on_step_id INTEGER);
    CREATE TABLE agent_events (id INTEGER PRIMARY KEY, project_id INTEGER, step_id INTEGER, event_type TEXT, metadata TEXT);
    ${statements.join(";")}`)
  return db
}

describe("steps at work on the same files", () => {
  const events = (...all: ReadonlyArray<readonly [step: number, type: string]>) =>
    database(
      "INSERT INTO projects VALUES (1, 'p', 1)",
      ...all.map(
        ([step, type]) =>
          `INSERT INTO agent_events (project_id, step_id, event_type, metadata) VALUES (1, ${step}, '${type}', '{"attempt":1}')`
      )
    )
  const claims = [claim(0, 1, { files: ["src/**"] }), claim(0, 2, { files: ["src/a.ts"] }), claim(0, 3)]
  const found = (db: Sqlite.Database, all: ReadonlyArray<Claimed> = claims) =>
    overlapsAtWork(db, "p", told({ claims: [...all] }))

  it("are told from the events", () => {
    assert.lengthOf(found(events([1, "claimed"], [3, "claimed"], [2, "claimed"])), 1)
    assert.lengthOf(found(events([1, "claimed"], [1, "released"], [2, "claimed"])), 0)
    const allowed = claims.map((one) => ({ ...one, isOverlapAllowed: one.step_num === 2 }))
    assert.lengthOf(found(events([1, "claimed"], [2, "claimed"]), allowed), 0)
    assert.lengthOf(found(events([2, "claimed"], [1, "claimed"]), allowed), 1)
    assert.lengthOf(found(events([4, "claimed"])), 1)
  })
})

describe("edits that the file does not have", () => {
  const acknowledged: Edit = { id: "x", priority: 5, isBlind: false, revision: 2 }
  const stored = [
    "INSERT INTO projects VALUES (1, 'p', 2)",
    "INSERT INTO steps VALUES (1, 1, 1, 'b', 5), (2, 1, 2, 'b', 0), (3, 1, 3, 'x/first', 0), (4, 1, 4, 'x/second', 0)",
    "INSERT INTO dependencies VALUES (2, 3), (4, 3)",
    `INSERT INTO agent_events (project_id, step_id, event_type, metadata)
     VALUES (1, 3, 'added', '{"revision":2}'), (1, 4, 'added', '{"revision":2}')`
  ]
  const lost = (edit: Partial<Edit>, ...more: ReadonlyArray<string>) =>
    lostEdits(database(...stored, ...more), "p", [{ ...acknowledged, ...edit }])

  it("are found", () => {
    assert.deepStrictEqual(lost({}), [])
    assert.deepStrictEqual(lost({ revision: undefined }), [])
    assert.isNotEmpty(lost({ revision: "refused" }))
    assert.isNotEmpty(lost({ revision: 3 }))
    for (const fault of [
      "DELETE FROM steps WHERE id = 4",
      "DELETE FROM steps WHERE id > 2",
      "DELETE FROM dependencies WHERE step_id = 2",
      "UPDATE steps SET priority = 4 WHERE id = 1",
      "UPDATE projects SET revision = 3",
      "INSERT INTO steps VALUES (5, 1, 5, 'y/first', 0)",
      `UPDATE agent_events SET metadata = '{"revision":3}' WHERE step_id = 4`
    ]) {
      assert.isNotEmpty(lost({}, fault), fault)
    }
    assert.deepStrictEqual(
      lost(
        { revision: undefined },
        "DELETE FROM steps WHERE id > 2",
        "UPDATE projects SET revision = 1",
        "UPDATE steps SET priority = 0"
      ),
      []
    )
  })
})
