import type { FileSystem } from "@effect/platform/FileSystem"
import type { Path } from "@effect/platform/Path"
import * as Effect from "effect/Effect"

/** Bytes of the end of the output that are kept in memory. */
const keptBytes = 16_384
/** Of these, the last that are looked at for the last line alone: it may be asked for often. */
const lineBytes = 2048
/** Lines of the output that a reason ends with, and characters that a line may have. */
const lastLines = 20
const lineLength = 500

/** What a terminal would act upon: colours and cursor movements. Of the last, the output may have only the beginning yet. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
const sequences = /\u001b(?:\[[0-?]*[ -/]*(?:[@-~]|$)|\][^\u0007\u001b]*(?:\u0007|\u001b\\|$)|[@-Z\\-_]|$)/g

/** The last lines of an output as plain text, those that are blank left out. A character that is not whole yet is left out, too. */
export const endOf = (output: Uint8Array, lines = lastLines): string =>
  new TextDecoder()
    .decode(output, { stream: true })
    .replace(sequences, "")
    .replaceAll("\0", "")
    .split(/[\r\n]+/)
    .filter((line) => line.trim() !== "")
    .slice(-lines)
    .map((line) => (line.length > lineLength ? `${line.slice(0, lineLength)}…` : line))
    .join("\n")
    .toWellFormed()

/** Appends to a log file, and keeps the end of what it has appended. The file closes with the scope. */
export const open = (files: FileSystem, path: Path, file: string) =>
  Effect.gen(function* () {
    yield* files.makeDirectory(path.dirname(file), { recursive: true })
    const log = yield* files.open(file, { flag: "a" })
    let kept: Uint8Array = new Uint8Array(0)
    /** The last line, once it was asked for. */
    let last: string | undefined
    return {
      write: (output: Uint8Array) =>
        Effect.suspend(() => {
          const joined = new Uint8Array(kept.length + output.length)
          joined.set(kept)
          joined.set(output, kept.length)
          kept = joined.slice(-keptBytes)
          last = undefined
          // A full disk must not fail a step that succeeds.
          return Effect.ignoreLogged(log.writeAll(output))
        }),
      lastLines: () => endOf(kept),
      lastLine: () => {
        last ??= endOf(kept.subarray(-lineBytes), 1)
        return last
      }
    }
  })
