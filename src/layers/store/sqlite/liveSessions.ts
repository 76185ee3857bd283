import { hostname } from "node:os"
import type Sqlite from "better-sqlite3"
import { live } from "../fragments.ts"

/** A session that has not ended, of a process of this machine that lives. */
export interface LiveSession {
  readonly pid: number
  readonly client_name: string | null
  readonly client_version: string | null
  /** By the clock of that process: ISO-8601. */
  readonly last_seen_at: string
  /** When the latest of the claims was made that it still holds, by the same clock. */
  readonly claimed_at: string | null
}

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    // It is there, and another user's.
    return (error as NodeJS.ErrnoException).code === "EPERM"
  }
}

const open = `
  SELECT pid, client_name, client_version, max(last_seen_at) AS last_seen_at,
    max((SELECT max(claimed_at) FROM steps WHERE session_id = x.id AND ${live})) AS claimed_at
  FROM agent_sessions x WHERE ended_at IS NULL AND host = ? GROUP BY pid ORDER BY pid`

/** The processes of this machine that have written to the file and live, as far as it says who they are. Throws what the driver throws. */
export const liveSessions = (db: Sqlite.Database): ReadonlyArray<LiveSession> =>
  db
    .prepare<[string], LiveSession>(open)
    .all(hostname())
    .filter(({ pid }) => isAlive(pid))

/** A process as a person finds it: its number, and the client that it serves. */
export const processName = ({ client_name, client_version, pid }: LiveSession): string => {
  const client = [client_name, client_version].filter((part) => part !== null).join(" ")
  return client === "" ? String(pid) : `${pid} (${client})`
}
