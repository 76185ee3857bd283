import * as Args from "@effect/cli/Args"
import * as Options from "@effect/cli/Options"
import * as Effect from "effect/Effect"
import { FileCopy } from "../../domain/FileReports.ts"
import { DatabaseFile } from "../../services/DatabaseFile.ts"
import { entryWithoutStore } from "../base/Command.ts"
import { withFile } from "../base/Opening.ts"
import { shellWord } from "../text/references.ts"
import { theirs } from "../text/Style.ts"
import { bytes, counted } from "../text/sizes.ts"
import { wrap } from "../text/wrap.ts"

export const backup = entryWithoutStore({
  path: "backup",
  summary: "Copy the database to a file while agents work, and check the copy",
  examples: [["backup ~/hq-monday.db", "one moment of the whole database, in one file"]],
  takes: {
    file: Args.text({ name: "file" }).pipe(Args.withDescription("Where the copy goes")),
    force: Options.boolean("force").pipe(Options.withDescription("Replace the file if it exists"))
  },
  answer: FileCopy,
  run: ({ file, force }) => withFile(Effect.flatMap(DatabaseFile, (_) => _.backUp(file, { force }))),
  show: (copy, style) =>
    [
      `${style.green("Wrote")} ${theirs(copy.file)}: ${bytes(copy.bytes)}, ${counted(copy.projects, "project")}, ${counted(copy.steps, "step")}. It passed SQLite's check of the whole file.`,
      `Put it back with: hq restore ${theirs(shellWord(copy.file))}`
    ].flatMap((line) => wrap(style, line))
})
