// biome-ignore-all lint/suspicious/noTemplateCurlyInString: it is what MCP clients leave in their settings unexpanded.

import { join } from "node:path"
import { assert, describe, it, vi } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { databasePath, expand } from "../../../../src/layers/store/sqlite/databasePath.ts"
import { git, makeRepository, realFolder } from "../../../support/git.ts"

const env = {
  WORK: "/work",
  NAME: "plan",
  EMPTY: "",
  BLANK: " ",
  TILDE: "~/plans",
  LOOP: "/a/$WORK",
  WINDOWS: "%WORK%"
}

const expanded = (text: string) => expand(text, { env, homeFolder: () => "/home/ada" })

const refusal = (text: string) => Effect.map(Effect.flip(expanded(text)), (error) => error.message)

describe("expand", () => {
  it.effect.each([
    ["~", "/home/ada"],
    ["~/hq.db", "/home/ada/hq.db"],
    ["$HOME/hq.db", "/home/ada/hq.db"],
    ["${HOME}/hq.db", "/home/ada/hq.db"],
    ["$WORK/a/${NAME}s-$NAME.db", "/work/a/plans-plan.db"],
    ["$TILDE/hq.db", "/home/ada/plans/hq.db"],
    // None of these is a variable, or one user's home folder.
    ["/a/~/b~/$/5$/$5/100%/%20a%20/hq.db", "/a/~/b~/$/5$/$5/100%/%20a%20/hq.db"],
    ["hq.db", "hq.db"]
  ] as const)("%s", ([text, path]) =>
    Effect.gen(function* () {
      assert.strictEqual(yield* expanded(text), path)
    })
  )

  it.effect.each([
    ["$GONE/hq.db", "GONE is not set", "instead of $GONE"],
    ["/a/${GONE}/hq.db", "GONE is not set", "instead of ${GONE}"],
    ["$EMPTY/hq.db", "EMPTY is not set", "instead of $EMPTY"],
    ["$BLANK/hq.db", "BLANK is not set", "instead of $BLANK"],
    ["$LOOP/hq.db", "LOOP contains $WORK", "write the path itself in LOOP"],
    ["$WINDOWS/hq.db", "WINDOWS contains %WORK%", "write the path itself in WINDOWS"],
    ["%WORK%/hq.db", "does not expand %WORK%;", "write ${WORK} instead"],
    ["%ProgramFiles(x86)%\\hq.db", "%ProgramFiles(x86)%;", "write ${ProgramFiles(x86)} instead"],
    ["${env:WORK}/hq.db", "${env:WORK}", "write ${WORK} instead"],
    ["$env:WORK/hq.db", "$env:WORK", "write ${WORK} instead"],
    ["${WORK:-/tmp}/hq.db", "${WORK:-/tmp}", "write ${WORK} instead"],
    ["${WORK/hq.db", "${WORK/hq.db", "write ${WORK} instead"],
    ["${}/hq.db", "${}", "write the path itself instead"],
    ["$(pwd)/hq.db", "$(pwd)", "write the path itself instead"],
    ["~\\plans\\hq.db", "~\\;", "write ~/plans/hq.db instead"],
    ["~grace/hq.db", "~grace;", "write the absolute path of that user's home folder, or ./~grace/hq.db if it is a name"]
  ] as const)("refuses %s and says what to write", ([text, what, instead]) =>
    Effect.gen(function* () {
      const message = yield* refusal(text)
      assert.include(message, what)
      assert.include(message, instead)
    })
  )

  it.effect("asks for the home folder only if it is needed", () =>
    Effect.gen(function* () {
      const none = { env, homeFolder: () => undefined }
      const never = { env, homeFolder: () => assert.fail("nobody needs it") }
      for (const text of ["/work/hq.db", "hq.db", "$WORK/hq.db"]) yield* expand(text, never)
      for (const text of ["~/hq.db", "$HOME/hq.db"]) {
        const { message } = yield* Effect.flip(expand(text, none))
        assert.include(message, "this user has none; set HOME, or write an absolute path")
      }
    })
  )
})

describe("databasePath", () => {
  /** Runs an effect as if the process were in that folder, or in one that is gone. */
  const within = <A, E>(folder: string | undefined, effect: Effect.Effect<A, E>) =>
    Effect.acquireUseRelease(
      Effect.sync(() =>
        vi.spyOn(process, "cwd").mockImplementation(() => {
          if (folder === undefined) throw new Error("ENOENT: no such file or directory, uv_cwd")
          return folder
        })
      ),
      () => effect,
      (spy) => Effect.sync(() => spy.mockRestore())
    )

  it.effect("takes a relative path from the current folder, and from the main work tree if that is asked for", () =>
    Effect.gen(function* () {
      const main = makeRepository(join(realFolder(), "main"))
      const tree = join(main, "tree")
      git(main, "worktree", "add", "-q", tree)
      const filename = "a/../hq.db"
      assert.strictEqual(yield* within(tree, databasePath({ filename })), join(tree, "hq.db"))
      assert.strictEqual(yield* within(tree, databasePath({ filename, fromMainWorkTree: true })), join(main, "hq.db"))
    })
  )

  it.effect("needs a current folder for a relative path alone", () =>
    Effect.gen(function* () {
      assert.strictEqual(yield* within(undefined, databasePath({ filename: "/a/hq.db" })), "/a/hq.db")
      const { message } = yield* Effect.flip(within(undefined, databasePath({ filename: "hq.db" })))
      assert.strictEqual(
        message,
        "cannot open hq.db: the current folder does not exist any more; write an absolute path"
      )
    })
  )

  it.effect("normalizes an absolute path", () =>
    Effect.gen(function* () {
      assert.strictEqual(yield* databasePath({ filename: "/a/../b//hq.db" }), "/b/hq.db")
    })
  )

  it.effect.each([
    ["{env:HOME}/x.db", "a placeholder in braces"],
    ["{{HOME}}/x.db", "a placeholder in braces"],
    ['"/tmp/x.db"', "quotes"],
    ["'/tmp/x.db'", "quotes"],
    ["`pwd`/x.db", "quotes"],
    ["<path>/x.db", "a placeholder in angle brackets"],
    ["!HOME!/x.db", "a variable of cmd.exe"],
    ["C:\\Users\\me\\x.db", "a path of Windows"],
    ["file:///tmp/x.db", "a URL"],
    ["file:x.db", "a URL"],
    [":memory:", "a database in memory, which processes cannot share"],
    ["undefined", "a value that was not set"]
  ] as const)("refuses what is no path: %s", ([filename, what]) =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(databasePath({ filename }))
      assert.strictEqual(error.message, `cannot open ${filename}: it is ${what}; write the path itself`)
    })
  )

  it.effect.each(["/tmp/it's.db", "/tmp/a{b.db", "/tmp/1<2.db", "/tmp/wow!.db", "/tmp/null/x.db"])(
    "takes %s",
    (filename) => Effect.map(databasePath({ filename }), (file) => assert.strictEqual(file, filename))
  )

  it.effect("names the path as it was given when it refuses it", () =>
    Effect.gen(function* () {
      const { message } = yield* Effect.flip(databasePath({ filename: "%APPDATA%/hq.db" }))
      assert.strictEqual(message, "cannot open %APPDATA%/hq.db: hq does not expand %APPDATA%; write ${APPDATA} instead")
    })
  )
})
