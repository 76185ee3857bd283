import type Sqlite from "better-sqlite3"
import * as Duration from "effect/Duration"
import type { FileCheck } from "../../../domain/FileReports.ts"
import { version } from "../../../domain/version.ts"
import { goneAfter, renewalInterval, type SettingsValues } from "../../../services/Settings.ts"
import { timestamp } from "../time.ts"
import { error, length, namesOf, ok, warning } from "./findings.ts"
import { type LiveSession, liveSessions, processName } from "./liveSessions.ts"

/** Milliseconds by which clocks may differ. */
const tolerance = Duration.toMillis("1 minute")

/** The latest moment that the file names. A new file says that it was swept in 1970, which nobody wrote by a clock. */
const latestWrite = (db: Sqlite.Database) =>
  db
    .prepare<[string], string | null>(
      `SELECT max(at) FROM (SELECT max(last_seen_at) AS at FROM agent_sessions UNION ALL SELECT swept_at FROM lease_sweeps
       UNION ALL SELECT * FROM (SELECT timestamp FROM agent_events ORDER BY id DESC LIMIT 1)) WHERE at > ?`
    )
    .pluck()
    .get(timestamp(0)) ?? undefined

/** How long ago that was; negative if it is yet to come. */
const age = (at: string, now: number): number => now - Date.parse(at)

/** Milliseconds without a sign of life after which a session that holds a step is late, if both clocks are right. */
const silentAfter = (settings: SettingsValues): number => Duration.toMillis(goneAfter(settings)) + tolerance

/**
 * Makes a test whether a process should have written since. A session renews its claims as long as their progress is recent, and
 * progress is not stored: so only claims count that were made so shortly before the last sign of life that they are still renewed.
 */
const isSilent = (settings: SettingsValues, now: number) => {
  const renews = !Duration.equals(settings.heartbeatEvery, Duration.zero)
  const renewedFor = Duration.toMillis(settings.progressDeadline) - 2 * Duration.toMillis(renewalInterval(settings))
  return ({ claimed_at, last_seen_at }: LiveSession): boolean =>
    renews &&
    claimed_at !== null &&
    age(last_seen_at, now) > silentAfter(settings) &&
    Date.parse(last_seen_at) - Date.parse(claimed_at) < renewedFor
}

const clock = (
  sessions: ReadonlyArray<LiveSession>,
  latest: string | undefined,
  now: number,
  settings: SettingsValues
): ReadonlyArray<FileCheck> => {
  const ahead = sessions.filter(({ last_seen_at }) => age(last_seen_at, now) < -tolerance)
  const silent = sessions.filter(isSilent(settings, now))
  const agreeing = sessions.some(({ last_seen_at }) => {
    const since = age(last_seen_at, now)
    return since >= -tolerance && since <= silentAfter(settings)
  })
  const findings: Array<FileCheck> = []
  const behind = latest === undefined ? 0 : -age(latest, now)
  if (ahead.length > 0 && agreeing) {
    for (const one of ahead) {
      findings.push(
        error(
          "clock",
          `The clock of process ${processName(one)} is ${length(-age(one.last_seen_at, now))} ahead of this one, with which others agree.`,
          "Set its clock if it has one of its own, such as in a container. Else end it, and let its client start it again. hq takes nobody's step while clocks disagree."
        )
      )
    }
  } else if (behind > tolerance) {
    findings.push(
      error(
        "clock",
        `This clock is ${length(behind)} behind the latest write (${latest}).`,
        "Set the clock of this machine. hq takes nobody's step while clocks disagree."
      )
    )
  }
  if (silent.length > 0) {
    const longest = Math.max(...silent.map(({ last_seen_at }) => age(last_seen_at, now)))
    const pids = silent.map(({ pid }) => pid)
    findings.push(
      warning(
        "clock",
        `This clock is ${length(longest)} ahead of what ${silent.length === 1 ? "a process wrote that holds steps" : "processes wrote that hold steps"}: ${namesOf(silent.map(processName))}. Either clock is wrong, or they stand still.`,
        `If this clock is wrong, set it. See what they do: ps -o pid,stat,lstart,args -p ${pids.join(",")}. After a sleep, look again in a minute.`
      )
    )
  }
  if (findings.length > 0) return findings
  return [ok("clock", latest === undefined ? "nothing was written yet" : `not behind the latest write, of ${latest}`)]
}

/** What is known of other processes on the file. Only `hq work` says its own version; other sessions say their client's. */
const processes = (sessions: ReadonlyArray<LiveSession>): FileCheck => {
  const others = sessions.filter(
    ({ client_name, client_version }) => client_name === "hq work" && client_version !== version
  )
  if (others.length > 0) {
    return warning(
      "processes",
      `Another version of hq is at work beside this one (${version}): ${namesOf(others.map(processName))}.`,
      "Press Ctrl-C where it runs: it ends when its steps are done. Then start it with this version."
    )
  }
  return ok(
    "processes",
    sessions.length === 0
      ? "none that has written is alive on this machine"
      : `alive on this machine: ${namesOf(sessions.map(processName))}`
  )
}

/** Compares this machine's clock with what the file says, and with other processes. */
export const examineClock = (db: Sqlite.Database, now: number, settings: SettingsValues): ReadonlyArray<FileCheck> => {
  const sessions = liveSessions(db)
  return [...clock(sessions, latestWrite(db), now, settings), processes(sessions)]
}
