import { spawn } from "node:child_process"
import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import * as Args from "@effect/cli/Args"
import * as Effect from "effect/Effect"
import { Conflict } from "../../domain/Errors.ts"
import { ProjectName } from "../../domain/Ids.ts"
import { Projects } from "../../services/Projects.ts"
import { entry } from "../base/Command.ts"
import { checked } from "../base/checked.ts"
import { dryRun, yes } from "../base/confirm.ts"
import { CommandFailure, runNext } from "../base/failures.ts"
import { Output } from "../base/Output.ts"
import { Place } from "../clients/Place.ts"
import { shellWord } from "../text/references.ts"
import { Imported, importPlan, showImported } from "./import.ts"
import { fileOf } from "./PlanFile.ts"
import { print } from "./print.ts"
import { readPlan, readText } from "./readPlan.ts"

const checkName = checked("project", ProjectName)

const failed = (reason: string) =>
  new CommandFailure({ reason, advice: "Set VISUAL or EDITOR to an editor that ends when the file is closed." })

/** The person's editor. Its text may have arguments, as git takes it. */
const editorOf = Effect.gen(function* () {
  const { environment } = yield* Place
  const { canAsk } = yield* Output
  const editor = environment.VISUAL || environment.EDITOR || (canAsk ? "vi" : undefined)
  return editor ?? (yield* failed("Neither VISUAL nor EDITOR is set, and there is no terminal for another editor."))
})

/** Opens the file in the editor, and waits for its end. Standard output is for data alone. */
const openEditor = (editor: string, file: string): Effect.Effect<void, CommandFailure> =>
  Effect.async((resume) => {
    const child = spawn("sh", ["-c", `${editor} "$@"`, "sh", file], { stdio: ["inherit", 2, 2] })
    child.once("error", (error) => resume(failed(`${error.message}.`)))
    child.once("close", (code) =>
      resume(code === 0 ? Effect.void : failed(`The editor "${editor}" ended with ${code}.`))
    )
    return Effect.sync(() => child.kill())
  })

const newFile = (text: string) =>
  Effect.promise(async () => {
    const file = join(await mkdtemp(join(tmpdir(), "hq-")), "plan.yaml")
    await writeFile(file, text)
    return file
  })

export const edit = entry({
  path: "plan edit",
  summary: "Edit a project's plan in your editor, and import the result",
  examples: [["plan edit myapp", "opens $VISUAL or $EDITOR"]],
  takes: { project: Args.text({ name: "project" }).pipe(Args.withDescription("The project's name")), yes, dryRun },
  answer: Imported,
  run: ({ dryRun, project, yes }) =>
    Effect.gen(function* () {
      const { plan } = yield* Projects
      const { say } = yield* Output
      const editor = yield* editorOf
      const { project: before, steps } = yield* plan({ project: yield* checkName(project) })
      const file = yield* newFile(`${print(fileOf(before, steps)).join("\n")}\n`)
      const again = `plan import ${shellWord(file)}`
      const edited = Effect.gen(function* () {
        yield* openEditor(editor, file)
        const read = yield* readPlan(file, yield* readText(file))
        if (read.plan.name !== before.name) {
          return yield* new CommandFailure({
            reason: "The name of a project is not edited here.",
            advice: `Restore "${before.name}".`
          })
        }
        // Otherwise the import would take back what somebody else has added meanwhile.
        if (read.before?.project.revision !== before.revision) {
          return yield* new Conflict({
            reason: `Somebody else has edited the plan of "${before.name}" meanwhile.`,
            advice: runNext(`plan diff ${shellWord(file)}`)
          })
        }
        return yield* importPlan(file, read, { yes, dryRun, again: `${again} --yes` })
      })
      const imported = yield* Effect.tapError(edited, () =>
        say(`Your text is kept in ${file}. To go on with it: hq ${again}`)
      )
      yield* Effect.promise(() => rm(dirname(file), { recursive: true }))
      return imported
    }),
  show: showImported
})
