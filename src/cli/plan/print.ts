import type { FileStep, PlanFile } from "./PlanFile.ts"

/* Writes YAML. A package would take a second for a plan of 10,000 steps, and put no comments beside what it writes. */

/** What a reader does not see, or a terminal acts upon; written as escapes. */
const hidden = /[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}\p{Default_Ignorable_Code_Point}\ufff9-\ufffb]/gu
const hasHidden = new RegExp(hidden.source, "u")

const escape = (character: string): string => {
  const code = (character.codePointAt(0) as number).toString(16)
  return code.length > 4 ? `\\U${code.padStart(8, "0")}` : `\\u${code.padStart(4, "0")}`
}

/** Texts that YAML reads as text without quotes. */
const isPlain = (text: string): boolean =>
  /^[A-Za-z][\w./-]*( [\w./-]+)*$/.test(text) && !/^(true|false|null|yes|no|on|off|y|n)$/i.test(text)

/** A text on one line. JSON's quotes are YAML's, too. */
const scalar = (text: string): string => (isPlain(text) ? text : JSON.stringify(text).replace(hidden, escape))

/** Whether the text can stand as it is, on lines of its own. */
const isBlock = (text: string): boolean =>
  text.includes("\n") && !/^\s/.test(text) && !/\n\n$/.test(text) && !hasHidden.test(text.replaceAll("\n", ""))

/** @param indent of the field that has the text */
const prose = (text: string, indent: string): string => {
  if (!isBlock(text)) return scalar(text)
  const lines = text.replace(/\n$/, "").split("\n")
  return `|${text.endsWith("\n") ? "" : "-"}\n${lines.map((line) => (line === "" ? "" : `${indent}  ${line}`)).join("\n")}`
}

const indent = "    "

const stepLines = ({ num, status, ...step }: FileStep): ReadonlyArray<string> => {
  const { branch, depends_on, description, estimate, files, priority, scope, title } = step
  const field = (name: string, value: string | number | undefined) =>
    value === undefined ? [] : [`${indent}${name}: ${value}`]
  const list = (items: ReadonlyArray<string | number> | undefined) =>
    items === undefined
      ? undefined
      : `[${items.map((item) => (typeof item === "number" ? item : JSON.stringify(item).replace(hidden, escape))).join(", ")}]`
  return [
    `  - num: ${num}${status === undefined || status === "not_started" ? "" : ` # ${status}`}`,
    ...field("title", title === undefined ? undefined : scalar(title)),
    ...field("branch", scalar(branch)),
    ...field("scope", scalar(scope)),
    ...field("depends_on", list(depends_on)),
    ...field("files", list(files)),
    ...field("estimate", estimate),
    ...field("priority", priority),
    ...field("description", description === undefined ? undefined : prose(description, indent))
  ]
}

/** The plan file as YAML, with the status of a step that has begun as a comment. */
export const print = ({ base_commit, name, priority, steps, unblock_on }: PlanFile): ReadonlyArray<string> => [
  `name: ${scalar(name)}`,
  ...(base_commit === undefined ? [] : [`base_commit: ${scalar(base_commit)}`]),
  ...(unblock_on === undefined ? [] : [`unblock_on: ${unblock_on}`]),
  ...(priority === undefined ? [] : [`priority: ${priority}`]),
  steps.length === 0 ? "steps: []" : "steps:",
  ...steps.flatMap(stepLines)
]
