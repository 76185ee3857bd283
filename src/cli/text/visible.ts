/** Controls, line ends, marks of direction and what Unicode calls ignorable: what a terminal acts upon, or a person does not see. */
const hidden = /[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}\p{Default_Ignorable_Code_Point}\ufff9-\ufffb]/gu

const named: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" }

const escaped = (character: string): string =>
  named[character] ?? `\\u{${(character.codePointAt(0) as number).toString(16)}}`

/** The text with every hidden character spelt out, so that no name can repaint a terminal. */
export const visible = (text: string): string => text.toWellFormed().replace(hidden, escaped)
