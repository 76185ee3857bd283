import { type Style, theirs } from "../text/Style.ts"
import { cut } from "../text/table.ts"
import { type Change, type FieldChange, isEmpty } from "./changes.ts"

/** Characters of a value that are shown. */
const maxShown = 60

const isList = (value: unknown): value is ReadonlyArray<unknown> => Array.isArray(value)

const valueText = (value: unknown): string =>
  value === undefined
    ? "none"
    : typeof value === "string"
      ? `"${cut(theirs(value), maxShown)}"`
      : isList(value)
        ? `[${value.map((item) => theirs(String(item))).join(", ")}]`
        : String(value)

/** Items that a list gains and loses. */
const listText = (from: ReadonlyArray<unknown>, to: ReadonlyArray<unknown>): string => {
  const gained = to.filter((item) => !from.includes(item)).map((item) => `+${theirs(String(item))}`)
  const lost = from.filter((item) => !to.includes(item)).map((item) => `-${theirs(String(item))}`)
  return gained.length + lost.length === 0 ? "in another order" : [...gained, ...lost].join(" ")
}

const fieldText = ({ field, from, to }: FieldChange): string =>
  `${field}: ${isList(from) && isList(to) ? listText(from, to) : `${valueText(from)} -> ${valueText(to)}`}`

/** How many steps of each kind; empty if there are none. */
export const amounts = ({ added, cancelled, changed }: Change): string =>
  [[added, "added"] as const, [changed, "changed"] as const, [cancelled, "cancelled"] as const]
    .filter(([steps]) => steps.length > 0)
    .map(([steps, what]) => `${steps.length} ${what}`)
    .join(", ")

/** A change as lines for a person. @param most steps that are shown of each kind */
export const showChange = (change: Change, style: Style, most: number): ReadonlyArray<string> => {
  const { added, cancelled, changed, is_new, project, settings } = change
  const name = theirs(project)
  if (isEmpty(change)) return [`The plan of ${name} is as the file has it: nothing changes.`]
  const oneLine = (text: string) => (style.width === 0 ? text : cut(text, style.width))
  const some = <A>(all: ReadonlyArray<A>, lines: (one: A) => ReadonlyArray<string>) => [
    ...all.slice(0, most).flatMap(lines),
    ...(all.length > most ? [style.dim(`  … and ${all.length - most} more`)] : [])
  ]
  const steps = amounts(change)
  return [
    style.bold(oneLine(is_new ? `New project ${name}` : `Project ${name}`)),
    ...settings.map((one) => style.yellow(oneLine(`~ ${fieldText(one)}`))),
    ...some(added, ({ branch, num, title }) => [
      style.green(oneLine(`+ step ${num}  ${theirs(branch)}${title === undefined ? "" : `  ${theirs(title)}`}`))
    ]),
    ...some(changed, ({ fields, num }) => [
      style.yellow(`~ step ${num}`),
      ...fields.map((one) => oneLine(`    ${fieldText(one)}`))
    ]),
    ...some(cancelled, (num) => [style.red(`- step ${num}`)]),
    ...(steps === "" ? [] : [`Steps: ${steps}.`])
  ]
}
