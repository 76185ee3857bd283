import { nearestOf } from "../domain/nearest.ts"
import type { Entry } from "./base/Command.ts"
import { UsageError } from "./base/failures.ts"
import { optionsOf } from "./help.ts"

const isOption = (word: string): boolean => /^-[^-\d]|^--[^-]/.test(word)

/**
 * Refuses an option that the command does not have: the parser would take it for an argument, such as the name of a file.
 *
 * @param words what follows the command's path, up to `--`
 */
export const unknownOption = (entry: Entry, words: ReadonlyArray<string>): UsageError | undefined => {
  const options = optionsOf(entry)
  const names = options.flatMap((option) => option.names)
  let isValue = false
  for (const word of words) {
    const [name = "", ...assigned] = word.split("=")
    const known = options.find((option) => option.names.includes(name))
    const isTaken: boolean = isValue
    isValue = !isTaken && known?.takesValue === true && assigned.length === 0
    if (isTaken || known !== undefined || !isOption(word)) continue
    const [nearest] = nearestOf(name, names, 1)
    const path = entry.path.join(" ")
    return new UsageError({
      reason: `hq ${path} has no option ${name}.`,
      advice: `${nearest === undefined ? "" : `Did you mean ${nearest}? `}See: hq ${path} --help`
    })
  }
  return undefined
}
