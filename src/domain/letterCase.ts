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

let others: ReadonlyMap<number, ReadonlyArray<number>> | undefined

/** The other units that are the same letter as this one. Kelvin's sign and K are both k. */
export const otherCases = (unit: number): ReadonlyArray<number> => {
  if (others === undefined) {
    const found = new Map<number, Array<number>>()
    const add = (one: number, other: number) => found.set(one, [...(found.get(one) ?? []), other])
    for (const [capital, lower] of letters()) {
      add(capital, lower)
      add(lower, capital)
    }
    others = found
  }
  return others.get(unit) ?? []
}
