import stringWidth from "string-width"
import type { Style } from "./Style.ts"
import { wrap } from "./wrap.ts"

/** An error for a person. What to run next has a line of its own if all is too long for one, so that it can be copied. */
export const errorLines = (style: Style, text: string): ReadonlyArray<string> => {
  const whole = `${style.red("hq:")} ${text}`
  if (style.width === 0 || (!text.includes("\n") && stringWidth(whole) <= style.width)) return [whole]
  return text
    .split(/\n|(?<=[.?]) (?=[A-Z][^:.?]*: (?:\w+=\S+ )?hq )/)
    .flatMap((line, at) => wrap(style, line.trimStart(), at === 0 ? `${style.red("hq:")} ` : "    "))
}
