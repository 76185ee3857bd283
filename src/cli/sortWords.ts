import * as Either from "effect/Either"
import { nearestOf } from "../domain/nearest.ts"
import type { Entry } from "./base/Command.ts"
import { UsageError } from "./base/failures.ts"
import { optionsOf } from "./help.ts"

const isOption = (word: string): boolean => /^-[^-\d]|^--[^-]/.test(word)

export interface Sorted {
  /** Options, each followed by its value if it takes one. */
  readonly options: ReadonlyArray<string>
  /** All else, such as `-` for standard input, or a negative number. */
  readonly args: ReadonlyArray<string>
}

/**
 * Sorts the words of a command line, for the parser takes no option after an argument such as `-`. Refuses an option that the command does
 * not have: the parser would take it for an argument, such as the name of a file.
 *
 * @param words what follows the command's path, up to `--`
 */
export const sortWords = (entry: Entry, words: ReadonlyArray<string>): Either.Either<Sorted, UsageError> => {
  const known = optionsOf(entry)
  const names = known.flatMap((option) => option.names)
  const [options, args]: [Array<string>, Array<string>] = [[], []]
  let isValue = false
  for (const word of words) {
    const [name = "", ...assigned] = word.split("=")
    const option: (typeof known)[number] | undefined = isValue
      ? undefined
      : known.find((option) => option.names.includes(name))
    if (isValue || option !== undefined) {
      options.push(word)
      isValue = option?.takesValue === true && assigned.length === 0
    } else if (isOption(word)) {
      const [nearest] = nearestOf(name, names, 1)
      const path = entry.path.join(" ")
      return Either.left(
        new UsageError({
          reason: `hq ${path} has no option ${name}.`,
          advice: `${nearest === undefined ? "" : `Did you mean ${nearest}? `}See: hq ${path} --help`
        })
      )
    } else args.push(word)
  }
  return Either.right({ options, args })
}
