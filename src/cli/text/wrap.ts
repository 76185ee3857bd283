import stringWidth from "string-width"
import type { Style } from "./Style.ts"

/**
 * The text in lines that fit the terminal, broken between words. A longer word, such as a path, stays whole, so that it can be copied.
 *
 * @param first stands before the first line
 * @param rest stands before the others; by default as many blanks as `first` is wide
 */
export const wrap = (
  { width }: Style,
  text: string,
  first = "",
  rest = " ".repeat(stringWidth(first))
): ReadonlyArray<string> => {
  if (width === 0) return [first + text]
  const [start = "", ...words] = text.split(" ")
  const lines: Array<string> = []
  let line = first + start
  for (const word of words) {
    if (stringWidth(line) + 1 + stringWidth(word) <= width) line += ` ${word}`
    else {
      lines.push(line)
      line = rest + word
    }
  }
  return [...lines, line]
}
