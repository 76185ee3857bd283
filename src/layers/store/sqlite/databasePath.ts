import * as os from "node:os"
import * as path from "node:path"
import * as Effect from "effect/Effect"
import { StorageFailure } from "../../../domain/Errors.ts"
import { mainWorkTree } from "./mainWorkTree.ts"

const refuse = (reason: string) => new StorageFailure({ reason })

/** What `expand` asks of the process. */
export interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>
  /** The home folder; undefined if there is none. Asked only if the path needs it. */
  readonly homeFolder: () => string | undefined
}

/** What looks like a variable or a command: `$NAME`, `${…}`, `$env:NAME`, `$(…)`, `%NAME%`. */
const references = /\$\{[^}]*\}?|\$env:\w+|\$[A-Za-z_]\w*|\$\([^)]*\)?|%[A-Za-z_][\w()]*%/gi

/**
 * What no path begins with or contains, but what is left of one if a client did not expand its placeholder, or kept the quotes of a shell.
 */
const unexpanded: ReadonlyArray<readonly [pattern: RegExp, what: string]> = [
  [/^(["'`]).*\1$|`/s, "quotes"],
  [/\{[^}]*\}/, "a placeholder in braces"],
  [/<[^>]*>/, "a placeholder in angle brackets"],
  [/![A-Za-z_]\w*!/, "a variable of cmd.exe"],
  [/^[a-z][a-z0-9+.-]+:\/\//i, "a URL"],
  [/^file:/i, "a URL"],
  [/^:memory:$/i, "a database in memory, which processes cannot share"],
  [/^(undefined|null)$/, "a value that was not set"]
]

/** A reference that expands, and its name. */
const expandable = /^\$(?:([A-Za-z_]\w*)|\{([A-Za-z_][\w()]*)\})$/

/** What to write instead of a reference that does not expand. */
const replacement = (reference: string): string => {
  const [, name] = /^(?:%|\$env:|\$\{env:|\$\{)([A-Za-z_][\w()]*)/i.exec(reference) ?? []
  return name === undefined ? "the path itself" : `\${${name}}`
}

const homeOf = ({ homeFolder }: Surroundings, written: string) =>
  Effect.suspend(() => {
    const home = homeFolder()
    if (home !== undefined) return Effect.succeed(home)
    return refuse(
      `${written} is the home folder, and this user has none; set HOME, or write an absolute path (the server takes it from AGENT_DB_PATH)`
    )
  })

const expandReference = (reference: string, surroundings: Surroundings) =>
  Effect.gen(function* () {
    const [, plain, braced] = expandable.exec(reference) ?? []
    const name = plain ?? braced
    // PowerShell's `$env:NAME` is one reference, not the variable `env`.
    if (name === undefined) {
      return yield* refuse(`hq does not expand ${reference}; write ${replacement(reference)} instead`)
    }
    if (name === "HOME") return yield* homeOf(surroundings, reference)
    const value = surroundings.env[name]
    if (value === undefined || value.trim() === "") {
      return yield* refuse(
        `the environment variable ${name} is not set for hq; set it, or write the path itself instead of ${reference}`
      )
    }
    const [nested] = value.match(references) ?? []
    if (nested !== undefined) {
      return yield* refuse(
        `the environment variable ${name} contains ${nested}, which hq does not expand; write the path itself in ${name}`
      )
    }
    return value
  })

const expandHome = (file: string, surroundings: Surroundings) =>
  Effect.gen(function* () {
    if (!file.startsWith("~")) return file
    const [user = ""] = file.split(/[/\\]/)
    const rest = file.slice(user.length)
    if (rest.startsWith("\\")) {
      return yield* refuse(`hq does not expand ${user}\\; write ${file.replaceAll("\\", "/")} instead`)
    }
    if (user !== "~") {
      return yield* refuse(
        `hq does not expand ${user}; write the absolute path of that user's home folder, or ./${file} if it is a name`
      )
    }
    return `${yield* homeOf(surroundings, "~")}${rest}`
  })

/**
 * Expands `$VAR` and `${VAR}`, once, and then a leading `~`. Fails in a sentence that says what to write instead if something would
 * stay unexpanded, because a file or folder of that name is never what was meant.
 */
export const expand = (text: string, surroundings: Surroundings): Effect.Effect<string, StorageFailure> =>
  Effect.gen(function* () {
    let expanded = ""
    let end = 0
    for (const { 0: reference, index } of text.matchAll(references)) {
      expanded += text.slice(end, index) + (yield* expandReference(reference, surroundings))
      end = index + reference.length
    }
    return yield* expandHome(expanded + text.slice(end), surroundings)
  })

/** Node throws if neither HOME nor the system's list of users names the home folder, and takes an empty HOME as it is. */
const homeFolder = (): string | undefined => {
  for (const ask of [os.homedir, () => os.userInfo().homedir]) {
    try {
      const home = ask()
      if (path.isAbsolute(home)) return home
    } catch {
      // The next source may know it.
    }
  }
  return undefined
}

const driveOnPosix = (file: string): readonly [undefined, string | undefined] => [
  undefined,
  path.sep === "/" && /^[A-Za-z]:[\\/]/.test(file) ? "a path of Windows" : undefined
]

const currentFolder = Effect.try({
  try: () => process.cwd(),
  catch: () => refuse("the current folder does not exist any more; write an absolute path")
})

export interface PathOptions {
  /** Path of the database file; `~`, `$VAR` and `${VAR}` expand. Folder and file are made if missing. */
  readonly filename: string
  /**
   * A relative `filename` is taken from the main work tree of the git repository around the current folder, so that all its work trees
   * share one file; outside of a repository, from the current folder. Default: false, always from the current folder.
   */
  readonly fromMainWorkTree?: boolean | undefined
}

/** The absolute path of the database file. Asks for the home folder, the current folder and the repository only if it needs them. */
export const databasePath = ({
  filename,
  fromMainWorkTree = false
}: PathOptions): Effect.Effect<string, StorageFailure> =>
  Effect.gen(function* () {
    const file = yield* expand(filename, { env: process.env, homeFolder })
    const [, what] = unexpanded.find(([pattern]) => pattern.test(file)) ?? driveOnPosix(file)
    if (what !== undefined) return yield* refuse(`it is ${what}; write the path itself`)
    if (path.isAbsolute(file)) return path.normalize(file)
    const folder = yield* currentFolder
    return path.resolve(fromMainWorkTree ? yield* mainWorkTree(folder) : folder, file)
  }).pipe(Effect.mapError(({ reason }) => refuse(`cannot open ${filename}: ${reason}`)))
