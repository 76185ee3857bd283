import * as fs from "node:fs"
import { StringDecoder } from "node:string_decoder"
import * as Args from "@effect/cli/Args"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { Transfer } from "../../services/Transfer.ts"
import { actor } from "../base/actor.ts"
import { entry } from "../base/Command.ts"
import { CommandFailure } from "../base/failures.ts"
import { counted } from "../text/sizes.ts"
import { wrap } from "../text/wrap.ts"

/** Bytes that are read at once. */
const chunk = 1_000_000

/** The lines of a file, of which only a part is in memory. A line ends at \n alone, because texts may hold other line ends. */
function* linesOf(file: string): Generator<string, void> {
  const fd = fs.openSync(file, "r")
  try {
    const buffer = Buffer.alloc(chunk)
    const decoder = new StringDecoder("utf8")
    let rest = ""
    for (let read = fs.readSync(fd, buffer); read > 0; read = fs.readSync(fd, buffer)) {
      const parts = (rest + decoder.write(buffer.subarray(0, read))).split("\n")
      rest = parts.pop() as string
      yield* parts
    }
    rest += decoder.end()
    if (rest !== "") yield rest
  } finally {
    fs.closeSync(fd)
  }
}

export const importStore = entry({
  path: "import",
  summary: "Read an export into an empty store",
  examples: [["import ~/hq.jsonl", "ids, events and claims stay as they were"]],
  takes: { file: Args.text({ name: "file" }).pipe(Args.withDescription("What hq export has written")) },
  answer: Schema.Struct({ rows: Schema.Record({ key: Schema.String, value: Schema.Int }) }),
  run: ({ file }) =>
    Effect.gen(function* () {
      if (!fs.statSync(file, { throwIfNoEntry: false })?.isFile()) {
        return yield* new CommandFailure({ reason: `There is no file ${file}.`, advice: "Make one: hq export <file>" })
      }
      const transfer = yield* Transfer
      return { rows: yield* transfer.import(() => linesOf(file), actor()) }
    }),
  show: ({ rows }, style) =>
    wrap(
      style,
      `${style.green("Imported")} ${counted(rows.projects ?? 0, "project")}, ${counted(rows.steps ?? 0, "step")}, ${counted(rows.agent_events ?? 0, "event")}.`
    )
})
