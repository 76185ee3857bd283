import type { Style } from "./Style.ts"

/** A heading and its lines; nothing without lines. */
export const section = (style: Style, title: string, lines: ReadonlyArray<string>): ReadonlyArray<string> =>
  lines.length === 0 ? [] : ["", style.bold(title), ...lines]

/** Says how many entries were left out, if any were. @param where to see them */
export const andMore = (style: Style, left: number, where: string): ReadonlyArray<string> =>
  left > 0 ? [style.dim(`and ${left} more: ${where}`)] : []
