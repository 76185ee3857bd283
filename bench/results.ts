import { readFileSync, writeFileSync } from "node:fs"
import * as os from "node:os"
import Sqlite from "better-sqlite3"
import { version } from "../src/domain/version.ts"
import { filesystem } from "./disk.ts"
import type { Sample } from "./measure.ts"

/** The bound of the ratio to the baseline if there is one, or else of the value. */
export type Target = { readonly atMost: number } | { readonly atLeast: number }

/** One line of the table. */
export interface Figure {
  readonly what: string
  readonly unit: "µs" | "ms" | "MB" | "/s" | "%" | ""
  readonly hq: number
  /** The baseline's name and value. */
  readonly against?: readonly [baseline: string, value: number]
  readonly target?: Target
  /** More figures of the same measurement, such as a p99. A p95 is shown if there is no baseline. */
  readonly details?: Sample
}

const ratio = ({ hq, against }: Figure): number | undefined => against && hq / against[1]

const isReached = (figure: Figure): boolean | undefined => {
  const value = ratio(figure) ?? figure.hq
  if (figure.target === undefined) return undefined
  return "atMost" in figure.target ? value <= figure.target.atMost : value >= figure.target.atLeast
}

/** Formats a number with about three significant digits. */
const digits = (value: number): string =>
  value.toLocaleString("en-US", { maximumFractionDigits: value >= 100 ? 0 : value >= 10 ? 1 : 2 })

const withUnit = (value: number, unit: string): string => {
  const [shown, as] = unit === "µs" && value >= 10_000 ? [value / 1000, "ms"] : [value, unit]
  return [digits(shown), as].join(" ").trim()
}

/** Formats the figure as a line of the table on the terminal. */
export const line = (figure: Figure): string => {
  const { against, details, hq, target, unit, what } = figure
  const factor = ratio(figure)
  const by = factor === undefined ? "" : "x"
  const bound =
    target && ("atMost" in target ? `at most ${digits(target.atMost)}${by}` : `at least ${digits(target.atLeast)}${by}`)
  const reached = isReached(figure)
  const p95 = details?.p95 === undefined ? "" : `p95 ${withUnit(details.p95, unit)}`
  return [
    `  ${what.padEnd(58)}`,
    withUnit(hq, unit).padStart(11),
    (factor === undefined ? "" : `${factor.toFixed(2)}x`).padStart(8),
    (against === undefined ? p95 : `${against[0]} ${withUnit(against[1], unit)}`).padEnd(34),
    bound === undefined ? "" : `${bound}: ${reached ? "reached" : "MISSED"}`
  ]
    .join("  ")
    .trimEnd()
}

const packages = ["better-sqlite3", "effect", "@modelcontextprotocol/sdk", "plainjob"]

const versionOf = (name: string): string =>
  JSON.parse(readFileSync(new URL(`../node_modules/${name}/package.json`, import.meta.url), "utf8")).version

/** Describes the machine on which the figures are measured. */
export const machine = () => ({
  cpu: os.cpus()[0]?.model ?? "unknown",
  cores: os.cpus().length,
  memory_gb: Math.round(os.totalmem() / 2 ** 30),
  system: `${os.type()} ${os.release()}`,
  filesystem,
  node: process.version,
  sqlite: new Sqlite(":memory:").prepare("SELECT sqlite_version()").pluck().get() as string
})

const rounded = (_: string, value: unknown) => (typeof value === "number" ? Number(value.toPrecision(6)) : value)

/** Writes the figures of all sections to results.json. */
export const save = (sections: Readonly<Record<string, ReadonlyArray<Figure>>>): void => {
  const figures = Object.entries(sections).flatMap(([section, found]) =>
    found.map((figure) => ({ section, ...figure, ratio: ratio(figure), reached: isReached(figure) }))
  )
  const results = {
    measured_at: new Date().toISOString(),
    machine: machine(),
    versions: { hq: version, ...Object.fromEntries(packages.map((name) => [name, versionOf(name)])) },
    settings: "HQ_SYNCHRONOUS is FULL unless a figure says NORMAL. All other settings have their defaults.",
    figures
  }
  writeFileSync(new URL("results.json", import.meta.url), `${JSON.stringify(results, rounded, 2)}\n`)
}
