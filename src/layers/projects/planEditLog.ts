import type { SqlError } from "@effect/sql/SqlError"
import type * as Effect from "effect/Effect"
import type { PlanUpdated, Step } from "../../domain/Entities.ts"
import type { Estimates } from "../../domain/plan/Estimates.ts"
import type { PlanOperation } from "../../domain/Requests.ts"
import type { Timestamp } from "../../domain/Text.ts"
import { type NewEvent, recordEvents } from "../store/events.ts"
import type { Sql } from "../store/Sql.ts"
import type { Transaction } from "../store/Store.ts"

/** What an edit must know of a step to depend on it: there may be thousands of them. */
export type Needed = Pick<Step, "id" | "step_num" | "status">

/** Cancelled or reopened steps that an answer names at most. */
const maxNamed = 100

/** What an edit did to one step. */
interface Entry {
  type: "added" | "changed" | "cancelled"
  /** As it was before the edit. */
  readonly step: Step
  /** What the event says: the new fields, or the reason. */
  told: object
  /** Whether it has another description. Its event says no more, because a description may have 64 KiB. */
  isDescribed: boolean
  /** Numbers of steps that it depends on from now on, and no longer. */
  readonly linked: Set<number>
  readonly unlinked: Set<number>
}

/** The given fields that differ from the step's. */
const differences = (step: Step, given: object): object =>
  Object.fromEntries(
    Object.entries(given)
      .filter(
        ([field, value]) =>
          JSON.stringify(value ?? []) !== JSON.stringify((step as unknown as Record<string, unknown>)[field] ?? [])
      )
      .map(([field, value]) => [field, value ?? null])
  )

export type EditLog = ReturnType<typeof editLog>

/** Logs what an edit of a plan does, for its events and its answer, and for what else follows from it. */
export const editLog = (sql: Sql) => {
  const entries = new Map<number, Entry>()
  const record = recordEvents(sql)
  /** Steps as they were when they were reopened, and the reasons. */
  const reopened: Array<{ readonly step: Step; readonly reason: string }> = []
  /** Ids of steps that depend on more than before, and of steps whose longest chain of dependents may have changed. */
  const gained = new Set<number>()
  const reweighed = new Set<number>()

  /** By how much the edit changes the estimates of the plan. */
  let estimates: Estimates = { steps: 0, minutes: 0 }
  const estimated = (sign: 1 | -1, minutes: number | undefined) => {
    if (minutes === undefined) return
    estimates = { steps: estimates.steps + sign, minutes: estimates.minutes + sign * minutes }
  }

  const entry = (step: Step): Entry => {
    const none = { told: {}, isDescribed: false, linked: new Set<number>(), unlinked: new Set<number>() }
    const found = entries.get(step.id) ?? { type: "changed", step, ...none }
    entries.set(step.id, found)
    return found
  }

  const isChange = ({ isDescribed, linked, told, type, unlinked }: Entry) =>
    type !== "changed" || isDescribed || linked.size + unlinked.size + Object.keys(told).length > 0

  return {
    gained,
    reweighed,
    /** How many steps the edit has touched so far. */
    size: (): number => entries.size,
    estimates: (): Estimates => estimates,
    added: (step: Step) => {
      estimated(1, step.estimate_minutes)
      entry(step).type = "added"
      reweighed.add(step.id)
    },
    changed: (step: Step, given: Partial<PlanOperation>) => {
      if ("estimate_minutes" in given) {
        estimated(-1, step.estimate_minutes)
        estimated(1, given.estimate_minutes)
      }
      const one = entry(step)
      // Compared with the step before the edit: an operation may take back what an earlier one did.
      one.told = differences(one.step, { ...one.told, ...given })
      if ("estimate_minutes" in given) reweighed.add(step.id)
    },
    /** The step has another description. */
    described: (step: Step) => {
      entry(step).isDescribed = true
    },
    cancelled: (step: Step, told: object) => {
      estimated(-1, step.estimate_minutes)
      const one = entry(step)
      one.type = "cancelled"
      one.told = told
      reweighed.add(step.id)
    },
    reopened: (step: Step, reason: string) => {
      reopened.push({ step, reason })
    },
    hasReopened: ({ id }: Step, reason: string): boolean =>
      reopened.some((one) => one.step.id === id && one.reason === reason),
    linked: (step: Step, needed: Needed) => {
      const one = entry(step)
      if (!one.unlinked.delete(needed.step_num)) one.linked.add(needed.step_num)
      gained.add(step.id)
      reweighed.add(needed.id)
    },
    unlinked: (step: Step, needed: Needed) => {
      const one = entry(step)
      if (!one.linked.delete(needed.step_num)) one.unlinked.add(needed.step_num)
      reweighed.add(needed.id)
    },
    summary: (): Pick<PlanUpdated, "added" | "changed" | "cancelled" | "reopened"> => {
      const changes = [...entries.values()].filter(isChange)
      const count = (type: Entry["type"]) => changes.filter((one) => one.type === type)
      return {
        added: count("added").length,
        changed: count("changed").length,
        cancelled: count("cancelled")
          .map(({ step }) => step.step_num)
          .slice(0, maxNamed),
        ...(reopened.length > 0 ? { reopened: reopened.map(({ step }) => step.step_num).slice(0, maxNamed) } : {})
      }
    },
    /** Records an event for every step that has changed. Reopened ones come first, because others may follow for the same step. */
    record: (
      tx: Transaction,
      by: { readonly agent_id: string; readonly at: Timestamp; readonly revision: number }
    ): Effect.Effect<void, SqlError> => {
      const { agent_id, at, revision } = by
      const reopenings = reopened.map(({ reason, step }): NewEvent => {
        const { agent_id: from_agent, attempt, last_commit: commit_hash, status: from_status } = step
        const metadata = { attempt, revision, from_status, from_agent, commit_hash, reason }
        return { agent_id, step, type: "reopened", at, metadata }
      })
      const edits = [...entries.values()]
        .filter(isChange)
        .map(({ isDescribed, linked, step, told, type, unlinked }): NewEvent => {
          const metadata = {
            attempt: step.attempt,
            revision,
            ...told,
            ...(isDescribed ? { description: "changed" } : {}),
            ...(linked.size === 0 ? {} : { depends_on: [...linked] }),
            ...(unlinked.size === 0 ? {} : { depends_no_more_on: [...unlinked] })
          }
          return { agent_id, step, type, at, metadata }
        })
      return record(tx, [...reopenings, ...edits])
    }
  }
}
