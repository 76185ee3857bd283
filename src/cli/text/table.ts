import { stripVTControlCharacters } from "node:util"
import stringWidth from "string-width"
import type { Style } from "./Style.ts"

/** A column of a table. */
export interface Column<Row> {
  readonly title: string
  /** Text of a cell, which may be coloured. */
  readonly cell: (row: Row) => string
  readonly align?: "right"
  /** Gives way where the line is too narrow, down to so many columns. */
  readonly least?: number
}

const gap = "  "

/** Columns of a text on the terminal. Most texts are plain ASCII, of which that is known at once. */
export const widthOf = (text: string): number => (/^[ -~]*$/.test(text) ? text.length : stringWidth(text))

const graphemes = new Intl.Segmenter(undefined, { granularity: "grapheme" })

/** The text within so many columns of the terminal; what is cut off shows as "…". A text that is cut loses its colour. */
export const cut = (text: string, width: number): string => {
  if (widthOf(text) <= width) return text
  let kept = ""
  let used = 0
  for (const { segment } of graphemes.segment(stripVTControlCharacters(text))) {
    const wide = widthOf(segment)
    if (used + wide > width - 1) break
    kept += segment
    used += wide
  }
  return width < 1 ? "" : `${kept}…`
}

const pad = (text: string, width: number, align?: "right"): string => {
  const blanks = " ".repeat(Math.max(0, width - widthOf(text)))
  return align === "right" ? `${blanks}${text}` : `${text}${blanks}`
}

/** Takes columns from the widest of those that give way, until all fit. */
const narrowed = (widths: ReadonlyArray<number>, leasts: ReadonlyArray<number | undefined>, width: number) => {
  const result = [...widths]
  let over = result.reduce((sum, column) => sum + column, 0) + gap.length * (result.length - 1) - width
  while (over > 0) {
    const room = result.map((column, at) => column - Math.min(column, leasts[at] ?? column))
    const widest = Math.max(...result.filter((_, at) => (room[at] as number) > 0))
    const at = result.findIndex((column, index) => column === widest && (room[index] as number) > 0)
    if (at < 0) break
    result[at] = widest - 1
    over--
  }
  return result
}

/** Draws rows under the titles of their columns. No rows make no lines. */
export const table = <Row>(
  style: Style,
  columns: ReadonlyArray<Column<Row>>,
  rows: ReadonlyArray<Row>
): ReadonlyArray<string> => {
  if (rows.length === 0) return []
  const cells = rows.map((row) => columns.map(({ cell }) => cell(row)))
  const natural = columns.map(({ title }, at) =>
    Math.max(widthOf(title), ...cells.map((line) => widthOf(line[at] as string)))
  )
  const leasts = columns.map(({ least }) => least)
  const widths = style.width === 0 ? natural : narrowed(natural, leasts, style.width)
  const line = (texts: ReadonlyArray<string>) =>
    texts
      .map((text, at) => pad(cut(text, widths[at] as number), widths[at] as number, columns[at]?.align))
      .join(gap)
      .trimEnd()
  return [style.dim(line(columns.map(({ title }) => title))), ...cells.map(line)]
}
