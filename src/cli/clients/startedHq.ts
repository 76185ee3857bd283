import { accessSync, closeSync, openSync, readFileSync, readSync, realpathSync } from "node:fs"
import { dirname, isAbsolute, join } from "node:path"
import type { ServerCommand } from "./clients.ts"
import { onPath } from "./onPath.ts"
import type { Place } from "./Place.ts"

/* What a client would start as hq, as far as files tell. Nothing is run: a configuration that came with a project is not trusted. */

const exists = (file: string): boolean => {
  try {
    accessSync(file)
    return true
  } catch {
    return false
  }
}

const isScript = /[/\\]hq(\.cjs)?$/

/** Whether a path means what it says: clients replace variables in their own ways. */
const isPlain = (path: string): boolean => isAbsolute(path) && !/[$%]/.test(path)

const versionIn = (file: string): string | undefined => {
  try {
    const { name, version } = JSON.parse(readFileSync(file, "utf8"))
    return name === "hq-effect" && typeof version === "string" ? version : undefined
  } catch {
    return undefined
  }
}

/** What binaries of Linux, macOS and Windows begin with. */
const binaries = ["7f454c46", "cffaedfe", "cafebabe", "4d5a"]

const isBinary = (file: string): boolean => {
  const start = Buffer.alloc(4)
  const fd = openSync(file, "r")
  try {
    readSync(fd, start)
  } finally {
    closeSync(fd)
  }
  return binaries.some((one) => start.toString("hex").startsWith(one))
}

/** Stands for the version of what is not this hq at all, such as the original one. */
export const otherProgram = "another program"

/** The version of the package that a program belongs to. @param program path, which may be a link */
const versionOf = (program: string): string | undefined => {
  try {
    // dist/hq.cjs, beside whose folder the package describes itself.
    const real = realpathSync(program)
    return versionIn(join(dirname(dirname(real)), "package.json")) ?? (isBinary(real) ? otherProgram : undefined)
  } catch {
    return undefined
  }
}

export interface Started {
  /** What is to be started and does not exist. */
  readonly missing?: string
  /** Its version, or `otherProgram`; undefined if that cannot be told. */
  readonly version?: string | undefined
  readonly program?: string
}

/** What a client would start. */
export const startedHq = ({ args = [], command = "", env }: Partial<ServerCommand>, place: Place["Type"]): Started => {
  const isName = /^[\w.-]+$/.test(command)
  if (!isName && !isPlain(command)) return {}
  const program = isName ? onPath(command, env?.PATH ?? place.environment.PATH ?? "") : command
  if (program === undefined || !exists(program)) return { missing: command }
  const fromRegistry = args.map(String).flatMap((word) => /^hq-effect@(\d\S*)$/.exec(word)?.[1] ?? [])
  if (fromRegistry[0] !== undefined) return { program: `hq-effect@${fromRegistry[0]}`, version: fromRegistry[0] }
  const script = isScript.test(program) ? program : args.map(String).find((word) => isScript.test(word))
  if (script === undefined || !isPlain(script)) return {}
  return exists(script) ? { program: script, version: versionOf(script) } : { missing: script }
}
