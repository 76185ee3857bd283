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
import { counted } from "../text/sizes.ts"
import { wrap } from "../text/wrap.ts"

const isWrong = ({ status }: FileCheck): boolean => status === "error"

const mark = (style: Style, { status }: FileCheck): string => {
  const colour = { ok: style.green, warning: style.yellow, error: style.red, mended: style.green, skipped: style.dim }
  return colour[status](status.padEnd(8))
}

/** Where the copy goes that is made before anything is mended. */
const backupName = (database: string, now: number): string =>
  `${database}.before-fix-${new Date(now).toISOString().replace(/[-:.]/g, "")}`

/** The checks in one sentence, of which an operator reads this one. */
const verdict = (checks: ReadonlyArray<FileCheck>): string => {
  const of = (status: FileCheck["status"]) => checks.filter((one) => one.status === status).length
  const [wrong, warnings, mended] = [of("error"), of("warning"), of("mended")]
  const canMend = checks.filter(({ can_mend }) => can_mend).length
  const parts = [
    ...(mended === 0 ? [] : [`${mended} mended`]),
    ...(wrong === 0 ? [] : [counted(wrong, "error")]),
    ...(warnings === 0 ? [] : [counted(warnings, "warning")])
  ]
  if (parts.length === 0) return "Nothing is wrong."
  const left = wrong + warnings
  if (left === 0) return `${parts.join(", ")}. Nothing else is wrong.`
  const next =
    canMend > 0
      ? `hq doctor --fix mends ${canMend === left ? "all" : canMend} of that.`
      : "hq cannot mend that by itself: see the arrows."
  return `${parts.join(", ")}. ${next}`
}

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
        // Of a damaged file there is no backup; its mode can be put right all the same.
        const changesRows = checks.some(({ can_mend, check }) => can_mend && check !== "modes")
        const backup = changesRows ? backupName(file, yield* Clock.currentTimeMillis) : undefined
        if (backup !== undefined) yield* database.backUp(backup)
        const mended = [...(yield* database.mend(actor())), ...ofClients]
        return { file, checks: mended, ...(backup === undefined ? {} : { backup }) }
      })
    ),
  show: ({ backup, checks }, style) => {
    const width = Math.max(...checks.map(({ check }) => check.length))
    return [
      ...checks.flatMap((one) => [
        ...wrap(style, theirs(one.detail), `${mark(style, one)} ${one.check.padEnd(width)}  `),
        ...(one.cure === undefined
          ? []
          : wrap(style, theirs(one.cure), `${" ".repeat(9 + width + 2)}${style.cyan("→")} `))
      ]),
      "",
      ...(backup === undefined ? [] : wrap(style, `Backed up before mending: ${theirs(backup)}`)),
      ...wrap(style, verdict(checks))
    ]
  },
  code: ({ checks }) => (checks.some(isWrong) ? exitCode.failure : exitCode.ok)
})
