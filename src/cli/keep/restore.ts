import * as Args from "@effect/cli/Args"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { RestoredFile } from "../../domain/FileReports.ts"
import { DatabaseFile } from "../../services/DatabaseFile.ts"
import { actor } from "../base/actor.ts"
import { entryWithoutStore } from "../base/Command.ts"
import { confirm, dryRun, yes } from "../base/confirm.ts"
import { withFile } from "../base/Opening.ts"
import { shellWord } from "../text/references.ts"
import { theirs } from "../text/Style.ts"
import { bytes, counted } from "../text/sizes.ts"
import { wrap } from "../text/wrap.ts"

export const restore = entryWithoutStore({
  path: "restore",
  summary: "Put a backup in the database's place, while no hq has it open",
  examples: [
    ["restore ~/hq-monday.db", "checks the backup, then asks"],
    ["restore ~/hq-monday.db --dry-run", "whether it would do"]
  ],
  takes: {
    file: Args.text({ name: "file" }).pipe(Args.withDescription("A backup")),
    yes,
    dryRun
  },
  answer: Schema.Struct({ ...RestoredFile.fields, dry_run: Schema.Boolean }),
  run: ({ dryRun, file, yes }) =>
    withFile(
      Effect.gen(function* () {
        const database = yield* DatabaseFile
        const put = (isDryRun: boolean) =>
          Effect.map(database.restore(file, actor(), { isDryRun }), (restored) => ({ ...restored, dry_run: isDryRun }))
        if (dryRun) return yield* put(true)
        if (!yes) {
          const { projects, steps } = yield* put(true)
          const text = `Put the backup with ${counted(projects, "project")} and ${counted(steps, "step")} in place of ${theirs(database.path)}? [y/N]`
          yield* confirm({ text, again: `restore ${shellWord(file)} --yes` })
        }
        return yield* put(false)
      })
    ),
  show: ({ bytes: size, dry_run, file, from, kept, projects, steps }, style) =>
    [
      `${dry_run ? "Would restore" : style.green("Restored")} ${theirs(file)} from ${theirs(from)}: ${bytes(size)}, ${counted(projects, "project")}, ${counted(steps, "step")}.`,
      ...(kept === undefined ? [] : [`The file that was there is now ${theirs(kept)}`])
    ].flatMap((line) => wrap(style, line))
})
