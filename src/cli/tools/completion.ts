import * as Args from "@effect/cli/Args"
import * as CliCommand from "@effect/cli/Command"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { AllCommands, entryWithoutStore } from "../base/Command.ts"

const Shell = Schema.Literal("bash", "zsh", "fish")

const lines = {
  bash: CliCommand.getBashCompletions,
  zsh: CliCommand.getZshCompletions,
  fish: CliCommand.getFishCompletions
}

/** Options of the parser's own, which hq does not have. */
const foreign = /(?:--|-l )(?:completions|log-level|wizard)\b/

/** The parser's line for bash, with its faults put right: commands of two words, and choices, which it does not separate. */
const forBash = (line: string): string =>
  line
    .replace(/--(?:completions|log-level|wizard) ?/g, "")
    .replace(/^(\s+hq),([\w-]+),([\w-]+)\)$/, "$1__$2,$3)")
    .replace(/-W "[^"$]*"/, (words) => words.replaceAll(",", " "))

/** Leaves out the parser's own options: bash has those of a command in one line, the others each in a line of its own. */
const own = (shell: typeof Shell.Type, script: ReadonlyArray<string>): ReadonlyArray<string> =>
  shell === "bash" ? script.map(forBash) : script.filter((line) => !foreign.test(line))

export const completion = entryWithoutStore({
  path: "completion",
  summary: "Print the script that lets a shell complete commands and options",
  examples: [
    ["completion bash > ~/.local/share/bash-completion/completions/hq", "for bash"],
    ["completion zsh > ~/.zfunc/_hq", "for zsh, if ~/.zfunc is in its fpath"],
    ["completion fish > ~/.config/fish/completions/hq.fish", "for fish"]
  ],
  takes: {
    shell: Args.choice(Shell.literals.map((shell) => [shell, shell] as const) as [["bash", "bash"]], {
      name: "shell"
    }).pipe(Args.withDescription("bash, zsh or fish"))
  },
  answer: Schema.Struct({ shell: Shell, script: Schema.String }),
  run: ({ shell }: { readonly shell: typeof Shell.Type }) =>
    Effect.gen(function* () {
      const all = yield* AllCommands
      const script = yield* lines[shell](all, "hq")
      return { shell, script: own(shell, script).join("\n") }
    }),
  show: ({ script }) => [script]
})
