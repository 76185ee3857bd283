import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as ParseResult from "effect/ParseResult"
import * as Schema from "effect/Schema"
import { storedGlob } from "../../domain/Files.ts"
import { canonicalName } from "../../domain/Names.ts"
import { nearest } from "../../domain/nearest.ts"
import * as Plan from "../../domain/plan/Plan.ts"
import { fewerDependencies } from "../../domain/plan/Size.ts"
import { limits } from "../../domain/Text.ts"
import { InvalidPlan, type PlanFault } from "../base/failures.ts"
import { FileStep, PlanFile } from "./PlanFile.ts"
import { type Path, readSource } from "./source.ts"

/** A fault, and where it is. */
export interface Fault {
  readonly path: Path
  readonly message: string
}

/** Reads a plan file's text. */
export interface Parsed {
  readonly plan: PlanFile
  /** The error of these faults, with their lines. */
  readonly invalid: (faults: ReadonlyArray<Fault>) => Effect.Effect<never, InvalidPlan>
}

/** Faults that an error names at most. */
const maxFaults = 100

/** Names of requests for what plan files call otherwise. */
const synonyms: Readonly<Record<string, string>> = { step_num: "num", estimate_minutes: "estimate", project: "name" }

const unknownField = (path: Path): string => {
  const name = String(path.at(-1))
  const known = Object.keys(path.length > 1 ? FileStep.fields : PlanFile.fields)
  const synonym = synonyms[name]
  const meant = synonym !== undefined && known.includes(synonym) ? synonym : nearest(name, known)
  return `is no field of a ${path.length > 1 ? "step" : "plan"}${meant === undefined ? "" : `: did you mean ${meant}?`}`
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value)

/** The object without fields that say nothing, and with names and files as they are stored. */
const stored = (given: unknown, names: ReadonlyArray<string>): unknown => {
  if (!isObject(given)) return given
  const kept = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== null))
  for (const name of names) {
    if (typeof kept[name] === "string") kept[name] = canonicalName(kept[name])
  }
  if (Array.isArray(kept.files)) {
    kept.files = kept.files.map((file: unknown) => (typeof file === "string" ? storedGlob(file) : file))
  }
  return kept
}

const prepared = (given: unknown): unknown => {
  const plan = stored(given, ["name", "base_commit"])
  return isObject(plan) && Array.isArray(plan.steps)
    ? { ...plan, steps: plan.steps.map((step) => stored(step, ["branch", "scope"])) }
    : plan
}

const decode = Schema.decodeUnknownEither(PlanFile, { onExcessProperty: "error", errors: "all" })

const valueAt = (given: unknown, path: Path): unknown =>
  path.reduce((value: unknown, key) => (value as Record<PropertyKey, unknown> | undefined)?.[key], given)

const schemaFaults = (given: unknown, error: ParseResult.ParseError): ReadonlyArray<Fault> =>
  ParseResult.ArrayFormatter.formatErrorSync(error).map(({ _tag, message, path }) => {
    if (_tag === "Unexpected") return { path, message: unknownField(path) }
    const isUnquoted = message === "must be a string" && typeof valueAt(given, path) !== "object"
    return { path, message: isUnquoted ? `${message}: put it in quotes` : message }
  })

/** What is wrong with the plan as a whole. */
const planFaults = ({ steps }: PlanFile): ReadonlyArray<Fault> => {
  const planned = steps.map(({ depends_on = [], num }) => ({ step_num: num, depends_on }))
  const pathOf = (path: string) => path.replace("step_num", "num").split(".")
  const at = new Map(planned.map(({ step_num }, index) => [step_num, index]))
  const count = planned.reduce((sum, { depends_on }) => sum + depends_on.length, 0)
  const faults = Plan.faults(planned)
  // A cycle is told where it begins.
  const cycles = faults.some(({ path }) => path === "steps") ? Plan.cycles(planned) : []
  const [most, tooMany] = [limits.steps, `must have at most ${limits.dependencies} dependencies together`]
  return [
    ...(steps.length > most ? [{ path: ["steps"], message: `must have at most ${most} steps` }] : []),
    ...(count > limits.dependencies ? [{ path: ["steps"], message: `${tooMany}: ${fewerDependencies}` }] : []),
    ...faults
      .filter(({ path }) => path !== "steps")
      .map(({ message, path }) => ({ path: pathOf(path), message: message.replace(/by steps\.\d+$/, "above") })),
    ...cycles.map((cycle) => {
      const path = ["steps", String(at.get(cycle[0] as number)), "depends_on"]
      return { path, message: Plan.cycleFault("", cycle).message }
    })
  ]
}

const asJson = (text: string): unknown => {
  if (!/^\s*\{/.test(text)) return undefined
  try {
    return JSON.parse(text)
  } catch {
    // YAML's parser says where it is wrong.
    return undefined
  }
}

/** @param file as it was named, for errors */
export const parse = (file: string, text: string): Effect.Effect<Parsed, InvalidPlan> =>
  Effect.gen(function* () {
    const fail = (all: ReadonlyArray<PlanFault>): Effect.Effect<never, InvalidPlan> => {
      const more = all.length - maxFaults
      const faults = all.slice(0, maxFaults).toSorted((a, b) => (a.line ?? 0) - (b.line ?? 0))
      return new InvalidPlan({
        file,
        faults: more > 0 ? [...faults, { path: "", message: `and ${more} more` }] : faults
      })
    }
    const json = asJson(text)
    const read = json === undefined ? yield* readSource(text) : undefined
    if (read !== undefined && Either.isLeft(read)) return yield* fail([{ path: "", ...read.left }])
    const invalid = (faults: ReadonlyArray<Fault>) =>
      Effect.gen(function* () {
        // JSON is read again, with its lines.
        const source = Either.getOrUndefined(read ?? (yield* readSource(text)))
        return yield* fail(
          faults.map(({ message, path }, at) => {
            const line = at < maxFaults ? source?.lineOf(path) : undefined
            return { path: path.map(String).join("."), message, ...(line === undefined ? {} : { line }) }
          })
        )
      })
    const given = prepared(read === undefined ? json : read.right.value)
    const decoded = decode(given)
    if (Either.isLeft(decoded)) return yield* invalid(schemaFaults(given, decoded.left))
    const faults = planFaults(decoded.right)
    if (faults.length > 0) return yield* invalid(faults)
    return { plan: decoded.right, invalid }
  })
