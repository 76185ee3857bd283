import type { SessionInfo } from "../Entities.ts"
import type { Liveness } from "./Overviews.ts"

/** A holder's signs of life. Manual SQL may leave any of them unset. */
export interface SignsOfLife {
  readonly last_heartbeat?: string | undefined
  readonly lease_expires_at?: string | undefined
  readonly session?: SessionInfo | undefined
}

/**
 * Returns whether the holder of a step is lively: silent if its lease has ended, quiet if it gave no sign of life since `goneBefore` or
 * its client has disconnected.
 *
 * @param now ISO-8601
 * @param goneBefore ISO-8601; a client renews three times in that time
 */
export const livenessOf = (signs: SignsOfLife, now: string, goneBefore: string): Liveness => {
  const { last_heartbeat, lease_expires_at, session } = signs
  if (lease_expires_at === undefined || lease_expires_at <= now) return "silent"
  const isQuiet = session?.ended_at !== undefined || last_heartbeat === undefined || last_heartbeat < goneBefore
  return isQuiet ? "quiet" : "lively"
}
