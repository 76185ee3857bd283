import type { SqlError } from "@effect/sql/SqlError"
import * as Effect from "effect/Effect"
import type { BlockerInProject, StepExplanation } from "../../domain/answers/Explanations.ts"
import { nextOf, reasonOf, type Situation } from "../../domain/answers/Reasons.ts"
import { NotFound } from "../../domain/Errors.ts"
import type { OneStep } from "../../domain/Requests.ts"
import { cost, omittedCount, takeWithin } from "../../domain/ResponseBudget.ts"
import type { ProjectStatus, StepStatus, UnblockOn } from "../../domain/Status.ts"
import { blockers } from "../plan/blockers.ts"
import { fileOverlaps, unitsOfWrite } from "../plan/fileOverlaps.ts"
import { waitChain } from "../plan/waitChain.ts"
import { heldThrough, stepColumns } from "../store/fragments.ts"
import * as rows from "../store/rows.ts"
import { perStore } from "../store/Sql.ts"
import type { Transaction } from "../store/Store.ts"

const maxShown = 50
const maxRoots = 10

/** Bytes of a tool's result: see `takeWithin`. */
const room = 18_000
const roomForRoots = 5000

/** Order of blockers: first those that need somebody to act, last those that are being worked on. */
const urgency: ReadonlyArray<StepStatus> = ["failed", "cancelled", "completed", "not_started", "claimed", "in_progress"]

interface AskedRow extends rows.StepRow {
  readonly unmet_dependencies: number
  readonly project: string
  readonly project_status: ProjectStatus
  readonly unblock_on: UnblockOn
}

/** Explains why a step cannot be claimed, and what must happen first. Costs the same however large the plan. */
export const explainStep = perStore((sql) => {
  const stepOf = `
    SELECT ${stepColumns("s")}, s.unmet_dependencies, ${heldThrough(sql, "s")} AS session, p.name AS project,
      p.status AS project_status, p.unblock_on
    FROM ${sql.steps} s JOIN ${sql.projects} p ON p.id = s.project_id WHERE s.id = ?`
  const chainOf = waitChain(sql)
  const { inProject } = blockers(sql)
  const { inUse: atWork } = fileOverlaps(sql)

  return (tx: Transaction, { step_id }: OneStep): Effect.Effect<StepExplanation, NotFound | SqlError> =>
    Effect.gen(function* () {
      const row = yield* tx.first<AskedRow>(stepOf, [step_id])
      if (row === undefined) return yield* new NotFound({ entity: "step", key: step_id })
      const step = rows.step(row)
      const isOpen = step.status === "not_started"
      const chain = isOpen ? yield* chainOf(tx, row) : { steps: [], isCut: false, roots: [] }
      const roots = chain.roots.map(rows.awaited).sort((a, b) => urgency.indexOf(a.status) - urgency.indexOf(b.status))
      // Direct dependencies are counted without being read.
      const waitsFor = isOpen ? Math.max(chain.steps.length, row.unmet_dependencies) : 0
      const inUse =
        isOpen && waitsFor === 0 ? (yield* atWork(tx, row.project_id, { left: unitsOfWrite })).by(row.files) : []
      const situation: Situation = {
        step,
        project: { name: row.project, status: row.project_status, unblock_on: row.unblock_on },
        waitsFor,
        isCut: chain.isCut,
        roots,
        inUse,
        inProject: chain.isCut && roots.length === 0 ? yield* inProject(tx, row.project_id, row.project) : [],
        now: (yield* tx.now).at
      }
      const shownRoots: ReadonlyArray<BlockerInProject> = takeWithin(roots.slice(0, maxRoots), roomForRoots)
      const head = {
        ...rows.present(row, ["id", "step_num", "title", "project", "branch", "status"]),
        ready: isOpen && waitsFor === 0 && row.project_status === "active" && inUse.length === 0,
        reason: reasonOf(situation),
        next: nextOf(situation),
        ...rows.present(row, ["attempt", "agent_id", "claimed_at", "lease_expires_at"]),
        ...(step.session === undefined ? {} : { session: step.session }),
        roots: shownRoots,
        ...omittedCount("roots_more", roots.length - shownRoots.length)
      }
      const links = chain.steps.slice(0, maxShown).map(({ blocks, row }) => ({ ...rows.awaited(row), blocks }))
      const waits_for = takeWithin(links, room - cost(head))
      return { ...head, waits_for, ...omittedCount("waits_for_more", waitsFor - waits_for.length) } as StepExplanation
    })
})
