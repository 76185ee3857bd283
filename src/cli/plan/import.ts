import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { entry } from "../base/Command.ts"
import { confirm, dryRun, yes } from "../base/confirm.ts"
import { Output } from "../base/Output.ts"
import { shellWord } from "../text/references.ts"
import { type Style, theirs } from "../text/Style.ts"
import { applyPlan } from "./applyPlan.ts"
import { Change, isEmpty } from "./changes.ts"
import { fileArgument, type ReadPlan, readPlan, readText } from "./readPlan.ts"
import { amounts, showChange } from "./showChange.ts"

/** Steps of each kind that are shown before the question: `plan diff` shows all. */
const maxShown = 20

export const Imported = Schema.Struct({
  ...Change.fields,
  /** Revision of the plan afterwards; absent in the dry run of a new project. */
  revision: Schema.optional(Schema.Int),
  /** What is odd about the branches of the plan. */
  warnings: Schema.Array(Schema.String),
  dry_run: Schema.Boolean
})

/** Shows the change, asks, and makes it. @param again the command line that does not ask */
export const importPlan = (
  file: string,
  read: ReadPlan,
  how: { readonly yes: boolean; readonly dryRun: boolean; readonly again: string }
) =>
  Effect.gen(function* () {
    const { before, change } = read
    const unchanged = {
      ...change,
      ...(before === undefined ? {} : { revision: before.project.revision }),
      warnings: []
    }
    if (isEmpty(change) || how.dryRun) return { ...unchanged, dry_run: how.dryRun }
    if (!how.yes) {
      const { canAsk, say, sayStyle } = yield* Output
      if (canAsk) yield* say(showChange(change, sayStyle, maxShown).join("\n"))
      yield* confirm({ text: "Make this change? [y/N]", again: how.again })
    }
    const { project, warnings } = yield* applyPlan(file, read)
    return { ...change, revision: project.revision, warnings, dry_run: false }
  })

export const showImported = (imported: typeof Imported.Type, style: Style): ReadonlyArray<string> => {
  const { dry_run, is_new, project, revision, warnings } = imported
  if (dry_run || isEmpty(imported)) return showChange(imported, style, maxShown)
  const steps = amounts(imported)
  const what = `${style.green(is_new ? "Made" : "Changed")} the plan of ${theirs(project)}, now at revision ${revision}`
  return [
    `${what}${steps === "" ? "" : `: ${steps}`}.`,
    ...warnings.map((warning) => `${style.yellow("Warning:")} ${theirs(warning)}`)
  ]
}

export const importCommand = entry({
  path: "plan import",
  summary: "Make a project of a plan file, or bring its plan to what the file says",
  examples: [
    ["plan import plan.yaml", "shows what changes, and asks"],
    ["plan import plan.yaml --dry-run", "changes nothing"],
    ["plan import --yes - < plan.json", "without a question, from standard input"]
  ],
  takes: { file: fileArgument, yes, dryRun },
  answer: Imported,
  run: ({ dryRun, file, yes }) =>
    Effect.gen(function* () {
      const read = yield* readPlan(file, yield* readText(file))
      return yield* importPlan(file, read, { yes, dryRun, again: `plan import --yes ${shellWord(file)}` })
    }),
  show: showImported
})
