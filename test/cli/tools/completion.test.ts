import { execFileSync } from "node:child_process"
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { groups } from "../../../src/cli/commands.ts"
import { cli } from "../../support/cli.ts"
import { tempFolder } from "../../support/temp.ts"

/** Needs no store. */
const nowhere = "/dev/null/hq.db"

const script = (shell: string) => Effect.map(cli(nowhere, ["completion", shell]), ({ out }) => out)

describe("hq completion", () => {
  it.effect("knows every command and its options in each shell, and no option that hq does not have", () =>
    Effect.gen(function* () {
      for (const shell of ["bash", "zsh", "fish"]) {
        const text = yield* script(shell)
        for (const { path } of groups.flatMap(({ entries }) => entries)) {
          for (const word of path) assert.include(text, word, shell)
        }
        for (const known of ["json", "no-color", "force", "fix"])
          assert.match(text, new RegExp(`(--|-l )${known}\\b`), shell)
        assert.notMatch(text, /(--|-l )(completions|wizard|log-level)\b/, shell)
      }
    })
  )

  it.effect("completes in bash", () =>
    Effect.gen(function* () {
      const file = join(tempFolder(), "hq.bash")
      writeFileSync(file, yield* script("bash"))
      const completed = (...words: ReadonlyArray<string>) =>
        execFileSync(
          "bash",
          [
            "-c",
            `source ${file}; COMP_WORDS=(${words.map((word) => `'${word}'`).join(" ")}); COMP_CWORD=${words.length - 1}
             $(complete -p hq | sed 's/.*-F \\([^ ]*\\).*/\\1/') hq "\${COMP_WORDS[COMP_CWORD]}" "\${COMP_WORDS[COMP_CWORD-1]}"
             echo "\${COMPREPLY[*]}"`
          ],
          { encoding: "utf8" }
        ).trim()
      assert.strictEqual(completed("hq", "doc"), "doctor")
      assert.strictEqual(completed("hq", "doctor", "--f"), "--fix")
      assert.include(completed("hq", "mcp", "install", "--"), "--client")
      assert.strictEqual(completed("hq", "mcp", "install", "--client", "c"), "claude codex cursor")
    })
  )
})
