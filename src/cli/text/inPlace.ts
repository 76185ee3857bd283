import { widthOf } from "./table.ts"

/** Columns of a terminal of so many that lines may fill: one that has filled its last column erases it with what follows. */
export const fillable = (columns: number): number => Math.max(1, columns - 1)

const line = (text: string): string => `${text}\u001b[K`

const eraseBelow = "\u001b[J"

/** Draws lines from the cursor on over what was there, so that it does not flicker, and erases what is below them. */
export const overdrawn = (lines: ReadonlyArray<string>): string => lines.map(line).join("\r\n") + eraseBelow

/** Lines at the end of a terminal. */
export interface LiveLines {
  /**
   * Draws lines over those that were drawn before; none takes them away.
   *
   * @param above text that stays above them, whose last line is ended
   */
  readonly draw: (lines: ReadonlyArray<string>, above?: string) => void
  /** Writes a text above the lines. Its last line is ended. */
  readonly write: (text: string) => void
}

/**
 * Makes lines that can be drawn over, below all that is written. The cursor stays on an empty line below them, where the terminal shows
 * what is typed, and is never hidden: a process that is killed could not show it again.
 *
 * @param columns of the terminal at present
 */
export const liveLines = (write: (text: string) => void, columns: () => number): LiveLines => {
  let drawn: ReadonlyArray<string> = []
  let width = columns()

  /** Moves the cursor to the first line. A terminal that became narrower has broken those that did not fit any more. */
  const toTop = (): string => {
    if (drawn.length === 0) return ""
    const rows = drawn.reduce((sum, text) => sum + Math.max(1, Math.ceil(widthOf(text) / columns())), 0)
    return `\r\u001b[${rows}A`
  }

  const draw = (lines: ReadonlyArray<string>, above = "") => {
    // Lines that a narrower terminal has broken would be joined again by a wider one, unless they are erased.
    const isErased = above !== "" || width !== columns()
    width = columns()
    const text = isErased ? eraseBelow + above : ""
    if (drawn.length > 0 || lines.length > 0)
      write(toTop() + text + overdrawn(lines.length === 0 ? [] : [...lines, ""]))
    else if (above !== "") write(above)
    drawn = lines
  }
  return { draw, write: (text) => draw(drawn, text) }
}
