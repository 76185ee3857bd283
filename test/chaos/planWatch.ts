import type { Database } from "better-sqlite3"
import { overlap } from "../support/globs.ts"

/** A call that was acknowledged; times by performance.now(). */
interface Made {
  readonly start: number
  readonly end: number
}

export interface Claimed extends Made {
  readonly step_id: number
  readonly step_num: number
  readonly attempt: number
  /** Globs that it declared when it was claimed; nobody changes those of a step at work. */
  readonly files: ReadonlyArray<string>
  readonly isOverlapAllowed: boolean
}

export interface Edited extends Made {
  /** Pairs of a step and one for which it waits from now on. */
  readonly links: ReadonlyArray<readonly [step: number, needed: number]>
  /** Steps of which the edit may have taken dependencies away, or which it may have taken away themselves. */
  readonly loosened: ReadonlyArray<number>
  readonly cancelled: ReadonlyArray<number>
}

/** What callers were told, by step number; each of them saw only its own calls. */
export interface Told {
  readonly claims: Array<Claimed>
  readonly edits: Array<Edited>
  readonly completions: Array<Made & { readonly step_num: number }>
}

/** Claims that cannot have been, after what others were told before they began. */
export const impossibleClaims = ({ claims, completions, edits }: Told): ReadonlyArray<unknown> =>
  claims.flatMap((claim) => {
    const before = edits.filter(({ end }) => end < claim.start)
    const isCancelled = before.some(({ cancelled }) => cancelled.includes(claim.step_num))
    // Done, or no longer needed, by a call that may have come before the claim.
    const isMet = (needed: number) =>
      completions.some((done) => done.step_num === needed && done.start < claim.end) ||
      edits.some(
        (edit) => edit.start < claim.end && edit.loosened.some((num) => num === needed || num === claim.step_num)
      )
    const unmet = before.flatMap(({ links }) =>
      links.filter(([step, needed]) => step === claim.step_num && !isMet(needed))
    )
    return isCancelled || unmet.length > 0 ? [{ claim, isCancelled, unmet }] : []
  })

/** Tells from the events when which steps were at work, and finds claims beside a step at work that changes the same files. */
export const overlapsAtWork = (db: Database, project: string, { claims }: Told): ReadonlyArray<unknown> => {
  const events = db
    .prepare<[string], { step_id: number; event_type: string; attempt: number }>(
      `SELECT step_id, event_type, metadata ->> 'attempt' AS attempt FROM agent_events
       WHERE project_id = (SELECT id FROM projects WHERE name = ?) ORDER BY id`
    )
    .all(project)
  const told = new Map(claims.map((claim) => [`${claim.step_id} ${claim.attempt}`, claim]))
  const atWork = new Map<number, Claimed>()
  const found: Array<unknown> = []
  for (const { attempt, event_type, step_id } of events) {
    if (["completed", "failed", "released", "recovered"].includes(event_type)) atWork.delete(step_id)
    if (event_type !== "claimed") continue
    const claim = told.get(`${step_id} ${attempt}`)
    if (claim === undefined) {
      found.push({ step_id, attempt, is: "claimed, and nobody was told" })
      continue
    }
    const others = claim.isOverlapAllowed ? [] : [...atWork.values()]
    for (const other of others) {
      if (claim.files.some((a) => other.files.some((b) => overlap(a, b)))) found.push({ claim, other })
    }
    atWork.set(step_id, claim)
  }
  return found
}
