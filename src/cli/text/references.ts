import { visible } from "./visible.ts"

/** Longer names are told by their ids in commands, so that the command is not cut off. */
const maxName = 24

/** A step as a person names it. */
export const stepName = (project: string, num: number): string => `${visible(project)}#${num}`

/** A text as one word of a command line that a person copies into a shell. */
export const shellWord = (text: string): string =>
  /^[\w@%+=:,./-][\w@%+=:,./#-]*$/.test(text) ? text : `'${visible(text).replaceAll("'", "'\\''")}'`

/** A step as a command takes it: by its name, or by its id if the name is long or has to be quoted. */
export const stepArgument = (step: {
  readonly project: string
  readonly step_num: number
  readonly step_id: number
}): string => {
  const name = `${step.project}#${step.step_num}`
  return step.project.length <= maxName && shellWord(name) === name ? name : String(step.step_id)
}
