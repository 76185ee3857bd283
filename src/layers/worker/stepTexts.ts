import type { ClaimedStep, DependencyResult, PastAttempt } from "../../domain/Claim.ts"
import type { ProjectName } from "../../domain/Ids.ts"

/* Texts about a step, for agents and for git. */

/** A step in a sentence. */
export const nameOf = ({
  step_num,
  title
}: {
  readonly step_num: number
  readonly title?: string | undefined
}): string => (title === undefined ? `step ${step_num}` : `step ${step_num}: ${title}`)

const section = (title: string, lines: ReadonlyArray<string>): ReadonlyArray<string> =>
  lines.length === 0 ? [] : ["", `## ${title}`, "", ...lines]

const indented = (text: string | undefined): ReadonlyArray<string> =>
  text === undefined || text.trim() === ""
    ? []
    : text
        .trim()
        .split(/\r?\n/)
        .map((line) => `  ${line}`.trimEnd())

const changed = ({
  files_modified = [],
  files_modified_more = 0
}: Pick<DependencyResult, "files_modified" | "files_modified_more">) =>
  files_modified.length === 0
    ? []
    : [
        `  It changed ${files_modified.join(", ")}${files_modified_more === 0 ? "" : ` and ${files_modified_more} more`}.`
      ]

const builtOn = (dependency: DependencyResult): ReadonlyArray<string> => {
  const { branch, last_commit, notes } = dependency
  return [
    `- ${nameOf(dependency)}, branch ${branch}${last_commit === undefined ? "" : `, commit ${last_commit}`}`,
    ...indented(notes),
    ...changed(dependency)
  ]
}

const earlier = ({ attempt, notes, outcome, rejected }: PastAttempt): ReadonlyArray<string> => [
  `- attempt ${attempt} was ${outcome}${rejected === undefined ? "" : ", because a review rejected it"}`,
  ...indented(rejected),
  ...indented(notes)
]

/**
 * What an agent must know to do the step.
 *
 * @param commits whether hq commits what the agent leaves uncommitted
 */
export const brief = (project: ProjectName, step: ClaimedStep, commits: boolean): string => {
  const {
    attempt,
    branch,
    dependencies,
    dependencies_more = 0,
    description,
    files = [],
    previous_attempts = [],
    scope
  } = step
  return [
    `# ${project}, ${nameOf(step)}`,
    "",
    `You are in a git worktree of your own, on the branch ${branch} (scope ${scope}, attempt ${attempt}).`,
    ...(description === undefined ? [] : ["", description.trim()]),
    ...section("It builds on", [
      ...(dependencies.length === 0 ? [] : ["The commits of these steps are in your branch already:"]),
      ...dependencies.flatMap(builtOn),
      ...(dependencies_more === 0 ? [] : [`- and ${dependencies_more} more steps`])
    ]),
    ...section("Earlier attempts", [
      ...previous_attempts.flatMap(earlier),
      ...(previous_attempts.length === 0
        ? []
        : ["What they left is in this worktree and on its branch: go on from there."])
    ]),
    ...section(
      "Files",
      files.length === 0 ? [] : [`Change only these, because other steps change others: ${files.join(", ")}`]
    ),
    ...section("How to finish", [
      commits
        ? "Exit with code 0 when the step is done. What you have not committed is committed then."
        : "Commit, and exit with code 0 when the step is done.",
      "The messages of your commits are the notes that agents of later steps read.",
      "Exit with code 75 to give the step back untouched, for example if a service is down.",
      "Any other code means that you failed; the last lines of your output tell the next attempt why.",
      "Stay on this branch. Do not call hq's tools for this step: its claim is held for you."
    ]),
    ""
  ].join("\n")
}
