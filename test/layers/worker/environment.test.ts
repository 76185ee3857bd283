import * as CommandExecutor from "@effect/platform/CommandExecutor"
import * as NodeContext from "@effect/platform-node/NodeContext"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { forGit, make } from "../../../src/layers/worker/environment.ts"

const made = Effect.flatMap(CommandExecutor.CommandExecutor, make).pipe(Effect.provide(NodeContext.layer))

/** Runs an effect in a process with these variables. */
const within = <A, E>(variables: Readonly<Record<string, string>>, effect: Effect.Effect<A, E>) =>
  Effect.acquireUseRelease(
    Effect.sync(() => {
      const before = { ...process.env }
      Object.assign(process.env, variables)
      return before
    }),
    () => effect,
    (before) =>
      Effect.sync(() => {
        for (const name of Object.keys(variables)) delete process.env[name]
        Object.assign(process.env, before)
      })
  )

describe("the environment of git and of programs", () => {
  it.live("has no variable that means one repository, and all others", () =>
    Effect.gen(function* () {
      const local = { GIT_DIR: "/a", GIT_INDEX_FILE: "/b", GIT_WORK_TREE: "/c", GIT_OBJECT_DIRECTORY: "/d" }
      const other = { GIT_CONFIG_COUNT: "0", GIT_SSH_COMMAND: "ssh -4", ADA: "1" }
      const environment = yield* within({ ...local, ...other }, made)
      assert.deepInclude(environment, other)
      assert.doesNotHaveAnyKeys(environment, Object.keys(local))
    })
  )

  it.live("is there without git, too", () =>
    Effect.gen(function* () {
      assert.strictEqual((yield* within({ PATH: "/nowhere", ADA: "1" }, made)).ADA, "1")
    })
  )

  it("keeps the encoding for git, whose words are English", () => {
    assert.deepInclude(forGit({ LC_ALL: "de_DE.UTF-8", LANG: "C" }), { LC_CTYPE: "de_DE.UTF-8", LC_MESSAGES: "C" })
    assert.notProperty(forGit({ LC_ALL: "de_DE.UTF-8" }), "LC_ALL")
    assert.notProperty(forGit({ LC_ALL: "" }), "LC_CTYPE")
    assert.deepInclude(forGit({ LANG: "de_DE.UTF-8" }), { LANG: "de_DE.UTF-8", LC_MESSAGES: "C" })
  })
})
