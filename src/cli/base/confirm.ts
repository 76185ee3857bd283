import * as Options from "@effect/cli/Options"
import * as Effect from "effect/Effect"
import { CommandFailure, UsageError } from "./failures.ts"
import { Output } from "./Output.ts"

export const yes = Options.boolean("yes").pipe(Options.withDescription("Do not ask"))

export const dryRun = Options.boolean("dry-run").pipe(
  Options.withDescription("Say what would happen, and change nothing")
)

/**
 * Asks before a change. Fails with UsageError if nobody can be asked, and with CommandFailure if the answer is another one.
 *
 * @param question.expected the answer that agrees, or `y`, which `yes` means, too
 * @param question.again the command line that does not ask
 */
export const confirm = (question: {
  readonly text: string
  readonly expected?: string
  readonly again: string
}): Effect.Effect<void, UsageError | CommandFailure, Output> =>
  Effect.gen(function* () {
    const { again, expected, text } = question
    const { ask, canAsk } = yield* Output
    if (!canAsk) {
      const reason = "This asks before it changes anything, and nobody can be asked: standard input is no terminal."
      return yield* new UsageError({ reason, advice: `Run: hq ${again}` })
    }
    const answer = (yield* ask(`${text} `)).trim()
    const agrees = expected === undefined ? /^y(es)?$/i.test(answer) : answer === expected
    if (!agrees) {
      return yield* new CommandFailure({
        reason: "Nothing was changed.",
        advice: `To do it without a question: hq ${again}`
      })
    }
  })
