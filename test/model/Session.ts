import { rules } from "./rules.ts"

/** A session as the store has it, and what its process knows of that. */
export class Session {
  readonly id: number
  readonly startedAt: number
  /** The latest sign of life that its process has written. */
  signedAt: number | undefined
  /** The row: the latest sign of life, and whether the session has ended. */
  row: { lastSeen: number; hasEnded: boolean } | undefined

  constructor(id: number, startedAt: number) {
    this.id = id
    this.startedAt = startedAt
  }

  /** Whether its process has just started. */
  isWaking(now: number): boolean {
    return now - this.startedAt < rules.interval
  }

  /** A write by the session, which is a sign of life if the last one is some time ago. */
  sign(now: number): void {
    if (this.signedAt !== undefined && Math.abs(now - this.signedAt) < rules.interval / 2) return
    this.signedAt = now
    this.row = { lastSeen: now, hasEnded: this.row?.hasEnded ?? false }
  }

  /** As a process sees it. @param isWaking it cannot tell by silence who is gone */
  isLive(now: number, isWaking: boolean): boolean {
    const isSilent = this.row === undefined || (!isWaking && this.row.lastSeen <= now - 3 * rules.interval)
    return !isSilent && this.row?.hasEnded === false
  }
}
