import { visible } from "./visible.ts"

/** How text is drawn for a person. Its functions take text that is safe to print. */
export interface Style {
  /** Columns of the terminal; 0 if lines may have any length, because nobody sees where they end. */
  readonly width: number
  /** Rows of the terminal; 0 if there may be any number, because nobody sees them at once. */
  readonly height: number
  readonly bold: (text: string) => string
  readonly dim: (text: string) => string
  readonly red: (text: string) => string
  readonly green: (text: string) => string
  readonly yellow: (text: string) => string
  readonly cyan: (text: string) => string
}

const same = (text: string): string => text

const sgr = (open: number, close: number) => (text: string) => `\u001b[${open}m${text}\u001b[${close}m`

export const plain = (width: number, height = 0): Style => ({
  width,
  height,
  bold: same,
  dim: same,
  red: same,
  green: same,
  yellow: same,
  cyan: same
})

export const coloured = (width: number, height = 0): Style => ({
  width,
  height,
  bold: sgr(1, 22),
  dim: sgr(2, 22),
  red: sgr(31, 39),
  green: sgr(32, 39),
  yellow: sgr(33, 39),
  cyan: sgr(36, 39)
})

/** Text that somebody else wrote, as one line. */
export const theirs = (text: string | undefined): string => (text === undefined ? "" : visible(text))
