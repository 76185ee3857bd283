import { randomUUID } from "node:crypto"
import * as fs from "node:fs"
import { resolve } from "node:path"
import * as Args from "@effect/cli/Args"
import * as Options from "@effect/cli/Options"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { Conflict } from "../../domain/Errors.ts"
import { Transfer } from "../../services/Transfer.ts"
import { entry } from "../base/Command.ts"
import { CommandFailure } from "../base/failures.ts"
import { theirs } from "../text/Style.ts"
import { counted } from "../text/sizes.ts"
import { wrap } from "../text/wrap.ts"

/** Lines that are written to the disk at once. */
const atOnce = 500

/** What every export begins with, whatever its format is. */
const beginning = '{"hq_export":'

/** Whether a file is an export or empty. All else, such as the database, is not replaced by one. */
const isReplaceable = (path: string): boolean => {
  if (!fs.statSync(path).isFile()) return false
  const fd = fs.openSync(path, "r")
  try {
    const text = Buffer.alloc(beginning.length)
    const length = fs.readSync(fd, text)
    return length === 0 || text.toString() === beginning
  } finally {
    fs.closeSync(fd)
  }
}

const systemCode = (error: unknown): string | undefined =>
  error instanceof Error && "code" in error ? String(error.code) : undefined

const failed = (file: string, error: unknown) =>
  new CommandFailure({
    reason: `${file} cannot be written (${systemCode(error) ?? error}).`,
    advice: "Name a file in another folder."
  })

/** Writes the lines that `write` makes to a file that gets its name once all are on the disk. */
const toFile = <A, E, R>(
  file: string,
  write: (sink: { readonly begin: () => void; readonly line: (text: string) => void }) => Effect.Effect<A, E, R>
) => {
  const temporary = `${file}.${randomUUID().slice(0, 8)}.tmp`
  return Effect.acquireUseRelease(
    Effect.try({
      try: () => fs.openSync(temporary, "wx", 0o600),
      catch: (error) => failed(temporary, error)
    }),
    (fd) =>
      Effect.gen(function* () {
        let waiting: Array<string> = []
        const flush = () => {
          if (waiting.length > 0) fs.writeSync(fd, `${waiting.join("\n")}\n`)
          waiting = []
        }
        const result = yield* write({
          begin: () => {
            waiting = []
            fs.ftruncateSync(fd, 0)
          },
          line: (text) => {
            if (waiting.push(text) >= atOnce) flush()
          }
        })
        flush()
        fs.fsyncSync(fd)
        fs.renameSync(temporary, file)
        return result
      }).pipe(
        // Such as a full disk.
        Effect.catchSomeDefect((error) =>
          systemCode(error) === undefined ? Option.none() : Option.some(failed(file, error))
        )
      ),
    (fd) =>
      Effect.sync(() => {
        fs.closeSync(fd)
        fs.rmSync(temporary, { force: true })
      })
  )
}

export const exportStore = entry({
  path: "export",
  summary: "Write everything in the store to a file of JSON lines",
  examples: [["export ~/hq.jsonl", "everything, to be read into another store with hq import"]],
  takes: {
    file: Args.text({ name: "file" }).pipe(Args.withDescription("Where it goes")),
    force: Options.boolean("force").pipe(Options.withDescription("Replace the file if it exists"))
  },
  answer: Schema.Struct({ file: Schema.String, rows: Schema.Record({ key: Schema.String, value: Schema.Int }) }),
  run: ({ file, force }) =>
    Effect.gen(function* () {
      const path = resolve(file)
      if (fs.existsSync(path)) {
        if (!force) {
          return yield* new Conflict({
            reason: `${path} exists.`,
            advice: "Run: hq export --force, or name another file."
          })
        }
        if (!(yield* Effect.try({ try: () => isReplaceable(path), catch: (error) => failed(path, error) }))) {
          return yield* new Conflict({
            reason: `${path} is not an export, and is not replaced by one.`,
            advice: "Run: hq export <another file>"
          })
        }
      }
      const transfer = yield* Transfer
      return { file: path, rows: yield* toFile(path, transfer.export) }
    }),
  show: ({ file, rows }, style) =>
    wrap(
      style,
      `${style.green("Wrote")} ${theirs(file)}: ${counted(rows.projects ?? 0, "project")}, ${counted(rows.steps ?? 0, "step")}, ${counted(rows.agent_events ?? 0, "event")}.`
    )
})
