import type Sqlite from "better-sqlite3"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type { FileCheck } from "../../../domain/FileReports.ts"
import { consistency, type Rule } from "../consistency.ts"
import { timestamp } from "../time.ts"
import { sqlite } from "./dialect.ts"
import { namesOf } from "./findings.ts"
import { recordUpdate, statement } from "./plainFile.ts"

const rules = consistency(sqlite(""))

interface Broken {
  readonly rule: Rule
  readonly names: ReadonlyArray<string>
}

const brokenIn = (db: Sqlite.Database): ReadonlyArray<Broken> =>
  rules.flatMap((rule) => {
    const names = db.prepare<[], string>(rule.found).pluck().all()
    return names.length === 0 ? [] : [{ rule, names: [...new Set(names)] }]
  })

const groups = {
  counts: "the triggers' counts agree with a recount",
  steps: "no contradictions",
  leases: "no contradictions"
}

const detail = ({ names, rule }: Broken): string => `${names.length} ${rule.what}: ${namesOf(names)}`

const report = (broken: ReadonlyArray<Broken>, isMended: boolean): ReadonlyArray<FileCheck> =>
  Object.entries(groups).flatMap(([check, fine]): ReadonlyArray<FileCheck> => {
    const own = broken.filter(({ rule }) => rule.check === check)
    if (own.length === 0) return [{ check, status: "ok", detail: fine }]
    return own.map((one) => {
      const canMend = one.rule.mend.length > 0
      if (canMend && isMended) return { check, status: "mended", detail: detail(one) }
      const cure = canMend
        ? { cure: "hq doctor --fix mends it, after a backup.", can_mend: true as const }
        : { cure: "Only a person can tell what is right. Look at each: hq show <step>" }
      return { check, status: "error", detail: detail(one), ...cure }
    })
  })

/** Leases that no rule forbids, but that say that something around hq is wrong. */
const leaseWarnings = (db: Sqlite.Database, now: number, staleAfter: number): ReadonlyArray<FileCheck> => {
  const held = (where: string) =>
    db
      .prepare<[string], string>(
        `SELECT p.name || '#' || s.step_num FROM steps s JOIN projects p ON p.id = s.project_id
       WHERE s.status IN ('claimed', 'in_progress') AND ${where}`
      )
      .pluck()
  const [slack, sweeps] = [Duration.toMillis("1 minute"), Duration.toMillis("5 minutes")]
  const far = held("lease_expires_at > ?").all(timestamp(now + staleAfter + slack))
  const over = held("lease_expires_at < ?").all(timestamp(now - sweeps))
  const warn = (names: ReadonlyArray<string>, what: string, cure: string): ReadonlyArray<FileCheck> =>
    names.length === 0
      ? []
      : [{ check: "leases", status: "warning", detail: `${names.length} ${what}: ${namesOf(names)}`, cure }]
  return [
    ...warn(
      far,
      "end later than a lease can",
      "A clock was wrong, or HQ_STALE_AFTER is shorter here. hq caps them by itself."
    ),
    ...warn(
      over,
      "ended over five minutes ago, and nobody took them back",
      "No hq is running that sweeps. Run: hq recover --stale"
    )
  ]
}

const inTransaction = <A>(db: Sqlite.Database, mode: "deferred" | "immediate", run: () => A) =>
  statement(() => db.transaction(run)[mode]())

/** Compares what is stored with what must hold of it, at one moment. */
export const examineRows = (db: Sqlite.Database, now: number, staleAfter: number) =>
  Effect.map(
    inTransaction(db, "deferred", () => ({ broken: brokenIn(db), warnings: leaseWarnings(db, now, staleAfter) })),
    ({ broken, warnings }) => {
      const checks = report(broken, false)
      const isPlain = ({ check, status }: FileCheck) => check === "leases" && status === "ok" && warnings.length > 0
      return [...checks.filter((one) => !isPlain(one)), ...warnings]
    }
  )

/** Puts right what can be, in one transaction, with an event that says so. Returns what was found. */
export const mendRows = (db: Sqlite.Database, now: number, by: string) =>
  inTransaction(db, "immediate", () => {
    const broken = brokenIn(db)
    const mended = broken.filter(({ rule }) => rule.mend.length > 0)
    const at = timestamp(now)
    // A repair may break a count: so every rule is asked again when its turn comes.
    const again = mended.length === 0 ? [] : rules
    for (const { found, mend } of again) {
      if (mend.length === 0 || db.prepare(found).get() === undefined) continue
      for (const { statement: text, takes = [] } of mend)
        db.prepare(text).run(...takes.map((what) => ({ now: at, by })[what]))
    }
    if (mended.length > 0) recordUpdate(db, by, at, { mended: mended.map(detail) })
    return report(broken, true)
  })
