import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { connect } from "../../support/inProcess.ts"
import { shared } from "../../support/watch.ts"

describe("warnings of branches", () => {
  it.scopedLive("stand in the text and in the structured result", () =>
    Effect.gen(function* () {
      const client = yield* connect
      const call = (name: string, input: object) =>
        Effect.map(
          Effect.promise(() => client.callTool({ name, arguments: { ...input } })),
          ({ content, structuredContent }) => {
            const [{ text }] = content as [{ text: string }]
            const { warnings } = structuredContent as { warnings: unknown }
            assert.deepStrictEqual(JSON.parse(text).warnings, warnings)
            return warnings
          }
        )
      const step = { branch: "a b", scope: "api" }
      assert.deepStrictEqual(
        yield* call("create_project", { name: "p", base_commit: "abc", steps: [{ step_num: 1, ...step }] }),
        ['Git refuses the branch "a b" of step 1: it contains a blank. Change it with update_plan.']
      )
      const operations = [{ op: "add", step_num: 2, ...step }]
      assert.deepStrictEqual(yield* call("update_plan", { project: "p", operations }), [
        'Git refuses the branch "a b" of steps 1, 2: it contains a blank. Change it with update_plan.',
        'The branch "a b" is that of steps 1, 2: git checks it out in one worktree at a time.'
      ])
      const change = [
        { op: "change", step_num: 2, branch: "c" },
        { op: "change", step_num: 1, branch: "d" }
      ]
      assert.isUndefined(yield* call("update_plan", { project: "p", operations: change }))
    }).pipe(Effect.provide(shared()))
  )
})
