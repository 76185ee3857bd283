import * as Duration from "effect/Duration"
import type { FileCheck } from "../../../domain/FileReports.ts"

export const ok = (check: string, detail: string): FileCheck => ({ check, status: "ok", detail })

const found =
  (status: "warning" | "error") =>
  (check: string, detail: string, cure: string): FileCheck => ({ check, status, detail, cure })

export const warning = found("warning")
export const error = found("error")

/** Names that a finding shows. */
const shown = 5

/** The first of the names, and how many there are besides. */
export const namesOf = (names: ReadonlyArray<string>): string =>
  names.length > shown ? `${names.slice(0, shown).join(", ")} and ${names.length - shown} more` : names.join(", ")

/** A length of time, in whole seconds. */
export const length = (millis: number): string => Duration.format(Duration.seconds(Math.round(millis / 1000)))
