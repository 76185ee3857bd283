import { assert } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type { CompleteStep } from "../../../src/domain/Requests.ts"
import { fields, hq } from "../../support/hq.ts"
import { rows } from "../../support/rows.ts"
import { at, suite } from "../../support/storages.ts"

const p = "p"

interface Planned {
  readonly files?: ReadonlyArray<string>
  readonly depends_on?: ReadonlyArray<number>
  readonly scope?: string
}

/** A project of steps that declare files. */
const create = (steps: ReadonlyArray<Planned>, name = "p") =>
  hq.createProject({
    name: name,
    base_commit: "abc123",
    steps: steps.map((step, index) => ({ scope: "api", ...step, step_num: index + 1, branch: `step${index + 1}/work` }))
  })

/** By the step's latest agent. */
const complete = (step_id: number, more: Partial<CompleteStep> = {}) =>
  Effect.flatMap(hq.get(step_id), ({ agent_id = "nobody" }) =>
    hq.complete({ step_id, agent_id, commit_hash: "def456", ...more })
  )

suite("claiming steps that declare files", (test) => {
  test(
    "passes over those whose files a step at work changes",
    Effect.gen(function* () {
      yield* create([{ files: ["src/api/**"] }, { files: ["src/api/users.ts"] }, { files: ["docs/**"] }, {}])
      assert.deepStrictEqual((yield* hq.take("a")).files, ["src/api/**"])
      assert.strictEqual((yield* hq.take("b")).step_num, 3)
      assert.strictEqual((yield* hq.take("c")).step_num, 4)
      const none = yield* hq.answer({ project: "p", agent_id: "d" })
      assert.deepStrictEqual({ ...none }, {
        step: null,
        reason: "files_in_use",
        retry_after_seconds: 30,
        blocked_by: [
          {
            step_id: 1,
            step_num: 1,
            project: "p",
            status: "claimed",
            agent_id: "a",
            claimed_at: at("0 minutes"),
            lease_expires_at: at("15 minutes")
          }
        ]
      } as object)
      yield* hq.release({ step_id: 1, agent_id: "a" })
      assert.strictEqual((yield* hq.answer({ project: "p", agent_id: "d" })).step?.step_num, 1)
      yield* hq.start({ step_id: 1, agent_id: "d" })
      yield* complete(1)
      assert.strictEqual((yield* hq.answer({ project: "p", agent_id: "a" })).step?.step_num, 2)
    })
  )

  test(
    "holds them apart within a project only, and wherever the claim looks for its step",
    Effect.gen(function* () {
      yield* create([{ files: ["a.ts"] }, { files: ["a.*"], scope: "ui" }])
      yield* create([{ files: ["a.ts"], scope: "ui" }], "q")
      const by = "a"
      assert.strictEqual((yield* hq.answer({ agent_id: "b" })).step?.id, 1)
      assert.strictEqual((yield* hq.answer({ agent_id: by, scopes: ["ui"], project: p })).reason, "files_in_use")
      assert.strictEqual((yield* hq.answer({ agent_id: by, scopes: ["ui"] })).step?.id, 3)
      assert.strictEqual((yield* hq.answer({ agent_id: by, scopes: ["ui"] })).reason, "files_in_use")
      const waitsForItself = yield* hq.answer({ agent_id: "b", scopes: ["ui"], project: p })
      assert.deepInclude(fields(waitsForItself), { step: null, reason: "held_by_you" })
      assert.deepStrictEqual(
        waitsForItself.holding?.map(({ step_id }) => Number(step_id)),
        [1]
      )
      assert.strictEqual((yield* hq.answer({ agent_id: by, allow_overlap: true })).step?.id, 2)
    })
  )

  test(
    "finds a step apart behind thousands that are not, at the latest when it asks again",
    Effect.gen(function* () {
      const alike = Array.from({ length: 3000 }, (_, index) => ({ files: [`src/part${index}/**`] }))
      yield* create([{ files: ["src/**"] }, ...alike, { files: ["docs/a.md"] }])
      yield* hq.take("a")
      // The first call finds it itself if it had to try again after globs were parsed.
      const first = yield* hq.answer({ project: "p", agent_id: "b" })
      if (first.step === null) assert.deepInclude({ ...first }, { reason: "files_in_use", retry_after_seconds: 1 })
      assert.strictEqual((first.step ?? (yield* hq.take("b"))).step_num, 3002)
      for (const retry_after_seconds of [1, 1, 1]) {
        assert.deepInclude(
          { ...(yield* hq.answer({ project: "p", agent_id: "c" })) },
          { reason: "files_in_use", retry_after_seconds }
        )
      }
      yield* hq.release({ step_id: 1, agent_id: "a" })
      assert.strictEqual((yield* hq.take("c")).step_num, 1)
    })
  )

  test(
    "by number or id is a Conflict that names the step in the way",
    Effect.gen(function* () {
      yield* create([{ files: ["src/api/**"] }, { files: ["src/**/users.ts", "x"] }, { files: ["y"] }])
      yield* hq.take("a")
      for (const named of [{ project: p, step_num: 2 }, { step_id: 2 }]) {
        const error = yield* Effect.flip(hq.answer({ ...named, agent_id: "b" }))
        assert.strictEqual(error._tag, "Conflict")
        assert.include(error.message, 'src/**/users.ts, and step 1 (id 1), held by agent "a", src/api/**')
        assert.include(error.message, "allow_overlap")
        assert.deepNestedInclude({ ...error }, { step_id: 2, status: "not_started", "blocked_by[0].step_num": 1 })
      }
      const why = yield* hq.explainStep(2)
      assert.isFalse(why.ready)
      assert.include(why.reason, 'It is to change src/**/users.ts, and step 1 (id 1), held by agent "a", src/api/**.')
      assert.include(why.next, "allow_overlap")
      assert.isTrue((yield* hq.explainStep(3)).ready)
      const apart = yield* hq.answer({ project: p, step_num: 3, agent_id: "b" })
      assert.strictEqual(apart.step?.step_num, 3)
      const taken = yield* hq.answer({ project: p, step_num: 2, agent_id: "b", allow_overlap: true })
      assert.strictEqual(taken.step?.step_num, 2)
    })
  )
})

suite("completing a step", (test) => {
  const overlapsOf = (step_id: number, files_modified?: ReadonlyArray<string>) =>
    Effect.map(complete(step_id, files_modified && { files_modified }), ({ overlaps }) =>
      overlaps.map(({ file, other_file, status, step_num }) => `${step_num} ${status}: ${file}, ${other_file}`)
    )

  test(
    "names steps at work and steps not merged that changed the same files",
    Effect.gen(function* () {
      yield* create([{ files: ["src/**"] }, {}, {}, { files: ["docs"] }, { files: ["src/b.ts"] }])
      yield* hq.takeAndStart("a")
      yield* hq.takeAndStart("b")
      yield* hq.takeAndStart("c")
      yield* hq.takeAndStart("d")
      assert.deepStrictEqual(yield* overlapsOf(2, ["src/a.ts", "README.md"]), ["1 in_progress: src/a.ts, src/**"])
      assert.deepStrictEqual(yield* overlapsOf(3, ["README.md"]), ["2 completed: README.md, README.md"])
      assert.deepStrictEqual(yield* overlapsOf(4), [])
      // Again, the same answer; what it did not change is no matter, whatever it declared.
      assert.deepStrictEqual(yield* overlapsOf(3, ["README.md"]), ["2 completed: README.md, README.md"])
      yield* hq.merge({ step_id: 2, merge_commit: "m" })
      assert.deepStrictEqual(yield* overlapsOf(3, ["README.md"]), [])
      assert.deepStrictEqual(yield* overlapsOf(1, []), [])
    })
  )

  test(
    "takes spellings of a path that differ in case or normal form for one file",
    Effect.gen(function* () {
      yield* create([{ files: ["SRC/\u00c4/**"] }, {}])
      yield* hq.takeAndStart("a")
      yield* hq.takeAndStart("b")
      assert.deepStrictEqual(yield* overlapsOf(2, ["src/a\u0308/x.ts"]), [
        "1 in_progress: src/a\u0308/x.ts, SRC/\u00c4/**"
      ])
    })
  )

  test(
    "says who and where, and leaves out what the step builds on",
    Effect.gen(function* () {
      yield* create([{}, { depends_on: [1] }, { depends_on: [2] }, {}])
      const changed = { files_modified: ["a.ts"] }
      for (const by of ["a", "b"]) yield* hq.takeAndStart(by)
      yield* complete(1, changed)
      yield* complete(4, changed)
      yield* hq.takeAndStart("c")
      yield* complete(2, { files_modified: ["b.ts"] })
      yield* hq.takeAndStart("d")
      assert.deepStrictEqual((yield* complete(3, { files_modified: ["a.ts", "b.ts"] })).overlaps, [
        {
          step_id: 4,
          step_num: 4,
          branch: "step4/work",
          status: "completed",
          agent_id: "b",
          file: "a.ts",
          other_file: "a.ts"
        }
      ])
    })
  )
})

suite("files that a person at the shell wrote", (test) => {
  const write = (what: string, id: number) => rows(`UPDATE $steps SET ${what} WHERE id = ${id}`)

  test(
    "may be in use by a step that nobody holds",
    Effect.gen(function* () {
      yield* create([{ files: ["a.ts"] }, { files: ["a.ts"] }])
      yield* write("status = 'in_progress'", 1)
      const none = yield* hq.answer({ project: "p", agent_id: "a" })
      const inTheWay = { step_id: 1, step_num: 1, project: "p", status: "in_progress" }
      assert.deepStrictEqual({ ...none.blocked_by?.[0] }, inTheWay as object)
      const error = yield* Effect.flip(hq.answer({ project: p, step_num: 2, agent_id: "a" }))
      assert.deepNestedInclude({ ...error }, { _tag: "Conflict", "blocked_by[0]": inTheWay })
      assert.include(error.message, "and step 1 (id 1), which is at work, the same")
    })
  )

  test(
    "are those of a list of texts, whatever else is there",
    Effect.gen(function* () {
      yield* create([{}, {}])
      yield* hq.takeAndStart("a")
      for (const [files, seen] of [
        ["no JSON", []],
        ["5", []],
        ["{}", []],
        ['[1,"a.ts"]', ["a.ts"]]
      ] as const) {
        yield* write(`files = '${files}', files_modified = '${files}'`, 2)
        const step = yield* hq.get(2)
        assert.deepStrictEqual([step.files, step.files_modified], [seen, seen])
      }
      yield* write("files_modified = NULL", 2)
      assert.strictEqual((yield* hq.take("b")).step_num, 2)
      assert.lengthOf((yield* complete(1, { files_modified: ["a.ts"] })).overlaps, 1)
      yield* hq.start({ step_id: 2, agent_id: "b" })
      yield* write("files = '[1]'", 2)
      assert.deepStrictEqual((yield* complete(2)).overlaps, [])
    })
  )
})
