/*
 * Names: of projects, agents, scopes, requests and branches. Other agents read them, and compare them with what they see. What is
 * created follows these rules; what an older hq has stored stays readable, whatever its name.
 */

/** The form in which a name is stored: without blanks at its ends, and in Unicode's normal form C. */
export const canonicalName = (text: string): string => text.trim().normalize("NFC")

/** Replaces ASCII capitals, which is what every store can do, too. */
export const lowerAscii = (text: string): string => text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase())

/**
 * The spellings to find a name by, each with its ASCII letters in lower case, because a store compares only those without case. A name
 * with other letters is looked for as it is, in lower case, in capitals, and with one capital.
 */
export const spellings = (name: string): ReadonlyArray<string> => {
  const canonical = canonicalName(name)
  const lower = canonical.toLowerCase()
  const capitalised = lower.replace(/^./u, (letter) => letter.toUpperCase())
  return [...new Set([name, canonical, lower, canonical.toUpperCase(), capitalised].map(lowerAscii))]
}

/** A function that says whether a stored name has one of the spellings of those names. */
export const matcher = (names: ReadonlyArray<string>): ((stored: string) => boolean) => {
  const wanted = new Set(names.flatMap(spellings))
  return (stored) => wanted.has(lowerAscii(stored))
}

/**
 * Characters that a reader does not see, or that change what else is seen: controls, line ends, marks of direction, and what Unicode
 * calls ignorable. Beside letters beyond ASCII, joiners and variation selectors are allowed: emoji and some scripts need them.
 */
const hidden =
  /(?![\p{Join_Control}\p{Variation_Selector}])[\p{Cc}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\ufff9-\ufffb]|\p{Join_Control}(?!\P{ASCII})|(?<!\P{ASCII})[\p{Join_Control}\p{Variation_Selector}](?!\u20e3)/u

/** Returns why the name has a character that it may not have, or undefined. */
export const hiddenFault = (name: string): string | undefined => {
  const [found] = hidden.exec(name) ?? []
  if (found === undefined) return undefined
  const code = (found.codePointAt(0) as number).toString(16).toUpperCase().padStart(4, "0")
  return `must not contain U+${code}, which is invisible or changes how text is shown`
}

const everyHidden = new RegExp(hidden, "gu")

/** The text as others may show it within a sentence: one line of at most that many characters, without what nobody sees. */
export const shownText = (text: string, max: number): string => {
  const visible = text.replace(everyHidden, " ").replace(/\s+/g, " ").trim()
  return visible.length > max ? `${visible.slice(0, max).replace(/[\uD800-\uDBFF]$/, "")}…` : visible
}

/** Returns why nothing may be given that name, or undefined. A leading - would make it an option of a command. */
export const nameFault = (name: string): string | undefined =>
  name.startsWith("-") ? "must not begin with -" : hiddenFault(name)
