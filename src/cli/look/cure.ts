import type { Need } from "../../domain/answers/Overviews.ts"
import { shellWord, stepArgument } from "../text/references.ts"

/** The command that does what is needed. */
export const cureOf = ({ kind, project, step_id, step_num }: Need): string => {
  const step = stepArgument({ project, step_num: step_num ?? 0, step_id: step_id ?? 0 })
  switch (kind) {
    case "failed":
    case "out_of_attempts":
    case "silent":
      return `hq recover ${step}`
    case "unmerged":
      return `hq merge ${step} <commit>`
    case "stuck":
      return `hq explain ${shellWord(project)}`
    case "paused":
      return `hq resume ${shellWord(project)}`
  }
}
