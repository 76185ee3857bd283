import * as Options from "@effect/cli/Options"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { FileCheck } from "../../domain/FileReports.ts"
import { DatabaseFile } from "../../services/DatabaseFile.ts"
import { actor } from "../base/actor.ts"
import { entryWithoutStore } from "../base/Command.ts"
import { exitCode } from "../base/exitCode.ts"
import { withFile } from "../base/Opening.ts"
import { elsewhere } from "../clients/elsewhere.ts"
import { type Style, theirs } from "../text/Style.ts"
import { wrap } from "../text/wrap.ts"

const isWrong = ({ status }: FileCheck): boolean => status === "error"

const mark = (style: Style, { status }: FileCheck): string => {
  const colour = { ok: style.green, warning: style.yellow, error: style.red, mended: style.green, skipped: style.dim }
  return colour[status](status.padEnd(8))
}

/** Where the copy goes that is made before anything is mended. */
const backupName = (database: string, now: number): string =>
  `${database}.before-fix-${new Date(now).toISOString().replace(/[-:.]/g, "")}`

export const doctor = entryWithoutStore({
  path: "doctor",
  summary: "Say what is wrong with the database, and mend it",
  examples: [
    ["doctor", "says what is wrong, and what cures it; exit code 1 if something is"],
    ["doctor --fix", "backs the database up, then mends what can be mended"]
  ],
  takes: {
    fix: Options.boolean("fix").pipe(Options.withDescription("Mend what can be mended, after a backup"))
  },
  answer: Schema.Struct({
    file: Schema.String,
    checks: Schema.Array(FileCheck),
    /** The copy that was made before anything was mended. */
    backup: Schema.optional(Schema.String)
  }),
  run: ({ fix }) =>
    withFile(
      Effect.gen(function* () {
        const database = yield* DatabaseFile
        const file = database.path
        const ofClients = yield* elsewhere(database)
        const checks = yield* database.examine
        if (!fix || !checks.some(({ can_mend }) => can_mend)) return { file, checks: [...checks, ...ofClients] }
        const backup = backupName(file, yield* Clock.currentTimeMillis)
        yield* database.backUp(backup)
        return { file, checks: [...(yield* database.mend(actor())), ...ofClients], backup }
      })
    ),
  show: ({ backup, checks }, style) => {
    const width = Math.max(...checks.map(({ check }) => check.length))
    const wrong = checks.filter(isWrong).length
    const said = wrong === 0 ? "Nothing is wrong." : `${wrong} of ${checks.length} checks failed.`
    return [
      ...checks.flatMap((one) => [
        ...wrap(style, theirs(one.detail), `${mark(style, one)} ${one.check.padEnd(width)}  `),
        ...(one.cure === undefined
          ? []
          : wrap(style, theirs(one.cure), `${" ".repeat(9 + width + 2)}${style.cyan("→")} `))
      ]),
      "",
      ...(backup === undefined ? [] : wrap(style, `Backed up before mending: ${theirs(backup)}`)),
      said
    ]
  },
  code: ({ checks }) => (checks.some(isWrong) ? exitCode.failure : exitCode.ok)
})
