import stringWidth from "string-width"

/** Breaks a text between words into lines of so many columns. A word that is longer has a line of its own. @param width 0 for one line */
export const wrap = (text: string, width: number): ReadonlyArray<string> => {
  if (width === 0) return [text]
  const lines: Array<string> = []
  let line = ""
  for (const word of text.split(" ")) {
    if (line !== "" && stringWidth(line) + 1 + stringWidth(word) > width) {
      lines.push(line)
      line = word
    } else line = line === "" ? word : `${line} ${word}`
  }
  return [...lines, line]
}
