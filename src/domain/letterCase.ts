/*
 * Lower case by UTF-16 units, each by itself. So a letter of a text and one of a glob's class are compared by the same rule.
 */

/** The unit in lower case; itself if that takes more than one unit. */
export const lowerUnit = (unit: string): string => {
  const lower = unit.toLowerCase()
  return lower.length === 1 ? lower : unit
}

/** The text with every unit in lower case. */
export const inLowerCase = (text: string): string =>
  /^\p{ASCII}*$/u.test(text) ? text.toLowerCase() : text.replace(/./gs, lowerUnit)

let pairs: ReadonlyArray<readonly [capital: number, lower: number]> | undefined

/** Every unit that has another one in lower case, with that. */
export const letters = (): ReadonlyArray<readonly [capital: number, lower: number]> => {
  pairs ??= Array.from(
    { length: 0x10000 },
    (_, unit) => [unit, lowerUnit(String.fromCharCode(unit)).charCodeAt(0)] as const
  ).filter(([unit, lower]) => unit !== lower)
  return pairs
}
