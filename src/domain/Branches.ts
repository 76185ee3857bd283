/* Branches of steps: what git takes for one, and what a caller is warned of. Any text is stored, because the contract takes any. */

/** What git refuses in the name of a branch: git-check-ref-format(1), and its option --branch. */
const refusals: ReadonlyArray<readonly [pattern: RegExp, why: string]> = [
  [/^-/, "it begins with -"],
  [/^HEAD$/, "HEAD is what is checked out"],
  [/(?=\p{ASCII})\p{Cc}/u, "it contains a control character"],
  [/ /, "it contains a blank"],
  [/[~^:?*[\\]/, "it contains one of ~ ^ : ? * [ \\"],
  [/\.\./, "it contains two dots in a row"],
  [/@\{/, "it contains @{"],
  [/^\/|\/\/|\/$/, "a name between / is empty"],
  [/(^|\/)\./, "a name between / begins with ."],
  [/\.lock(\/|$)/, "a name between / ends with .lock"],
  [/\.$/, "it ends with ."]
]

/** Returns why git refuses the name for a branch, or undefined. */
export const branchRefusal = (branch: string): string | undefined =>
  branch === "" ? "it is empty" : refusals.find(([pattern]) => pattern.test(branch))?.[1]

/** The numbers of the steps that have each branch, ascending. */
export const stepsByBranch = (
  steps: ReadonlyArray<{ readonly branch: string; readonly step_num: number }>
): ReadonlyMap<string, ReadonlyArray<number>> => {
  const found = new Map<string, Array<number>>()
  for (const { branch, step_num } of steps.toSorted((a, b) => a.step_num - b.step_num)) {
    const nums = found.get(branch)
    if (nums === undefined) found.set(branch, [step_num])
    else nums.push(step_num)
  }
  return found
}

/** Warnings of one answer, and steps that one of them names, at most. */
const maxWarnings = 20
const maxNamed = 10

const listed = (nums: ReadonlyArray<number>): string =>
  `${nums.length === 1 ? "step" : "steps"} ${nums.slice(0, maxNamed).join(", ")}${nums.length > maxNamed ? ", …" : ""}`

/**
 * Returns what a caller is warned of that gives branches to steps.
 *
 * @param open numbers of the open steps that have each of these branches
 */
export const branchWarnings = (open: ReadonlyMap<string, ReadonlyArray<number>>): ReadonlyArray<string> => {
  const warnings = [...open].flatMap(([branch, nums]) => {
    const why = branchRefusal(branch)
    return [
      ...(why === undefined
        ? []
        : [`Git refuses the branch "${branch}" of ${listed(nums)}: ${why}. Change it with update_plan.`]),
      ...(nums.length < 2
        ? []
        : [`The branch "${branch}" is that of ${listed(nums)}: git checks it out in one worktree at a time.`])
    ]
  })
  const more = warnings.length - maxWarnings
  return more > 0 ? [...warnings.slice(0, maxWarnings), `And ${more} more.`] : warnings
}
