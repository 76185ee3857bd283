import assert from "node:assert/strict"
import type { Database } from "better-sqlite3"
import type { CallTool } from "./client.ts"
import { planOf } from "./world.ts"

/* Calls of one client, one after the other, of each of which a file can be asked whether it was kept. */

interface KnownCall {
  readonly tool: string
  readonly input: object
  /** What the file then shows for good, by name: see `shows`. Calls without one only write. */
  readonly fact?: string
  /** Facts that the call makes untrue. */
  readonly ends?: ReadonlyArray<string>
}

/** SQL of each fact, whose value is 1 if the file shows it. */
const shows: Record<string, string> = {
  "q is gone": "NOT EXISTS (SELECT 1 FROM projects WHERE name = 'q' AND status <> 'deleted')",
  "step 9 is there": "EXISTS (SELECT 1 FROM steps WHERE project_id = 1 AND step_num = 9)"
}

const event = (type: string, project: string, step_num: number, agent: string) => {
  const fact = `${agent} has ${type} ${project} ${step_num}`
  shows[fact] =
    `EXISTS (SELECT 1 FROM agent_events e JOIN steps s ON s.id = step_id JOIN projects p ON p.id = s.project_id
    WHERE p.name = '${project}' AND step_num = ${step_num} AND event_type = '${type}' AND e.agent_id = '${agent}'
      AND metadata ->> 'attempt' = 1)`
  return fact
}

const created = (name: string, steps: number) => {
  const fact = `${name} is there`
  shows[fact] =
    `(SELECT count(*) FROM steps JOIN projects p ON p.id = project_id WHERE p.name = '${name}' AND step_num <= ${steps}) = ${steps}`
  return { tool: "create_project", input: planOf(name, steps), fact }
}

const claimed = (project: string, step_num: number, agent_id: string) => ({
  tool: "claim_step",
  input: { project, step_num, agent_id, request_id: `request-${project}-${step_num}` },
  fact: event("claimed", project, step_num, agent_id)
})

/** Of a step of p, whose ids are their numbers. */
const done = (tool: string, type: string, step_id: number, agent_id: string, more: object = {}) => ({
  tool,
  input: { step_id, agent_id, attempt: 1, ...more },
  fact: event(type, "p", step_id, agent_id)
})

/** For a file that is hq's and empty. */
export const knownWork: ReadonlyArray<KnownCall> = [
  created("p", 8),
  claimed("p", 1, "a"),
  done("start_step", "started", 1, "a"),
  claimed("p", 2, "b"),
  done("complete_step", "completed", 1, "a", { commit_hash: "c1", notes: "n".repeat(9000) }),
  {
    tool: "update_plan",
    input: { project: "p", operations: [{ op: "add", step_num: 9, branch: "b9", scope: "s", depends_on: [2] }] },
    fact: "step 9 is there"
  },
  created("q", 3),
  claimed("q", 1, "c"),
  { tool: "heartbeat", input: { step_id: 2, agent_id: "b" } },
  done("fail_step", "failed", 2, "b", { reason: "r" }),
  {
    tool: "delete_project",
    input: { name: "q", force: true },
    fact: "q is gone",
    ends: ["q is there", event("claimed", "q", 1, "c")]
  },
  claimed("p", 3, "a"),
  done("start_step", "started", 3, "a"),
  done("complete_step", "completed", 3, "a", { commit_hash: "c3" }),
  claimed("p", 4, "d")
]

/** What is known of a call. "open": it was made, and either has no answer or one that says that this is not known. */
export type Verdict = "kept" | "not kept" | "open"

/** What the file must show, and must not, once the first calls have come to that, in this order. */
export const factsAfter = (verdicts: ReadonlyArray<Verdict>): ReadonlyMap<string, boolean> => {
  const facts = new Map<string, boolean>()
  for (const [at, verdict] of verdicts.entries()) {
    const { ends = [], fact } = knownWork[at] as KnownCall
    if (verdict !== "not kept") for (const ended of ends) facts.delete(ended)
    if (fact === undefined) continue
    if (verdict === "kept") facts.set(fact, true)
    // Otherwise the facts that the call would end must still be there, if they ever were.
    else if (verdict === "not kept" && ends.length === 0) facts.set(fact, false)
  }
  return facts
}

/** The facts that the file contradicts. */
export const contradicted = (db: Database, facts: ReadonlyMap<string, boolean>): ReadonlyArray<string> =>
  [...facts].flatMap(([fact, holds]) =>
    (db.prepare(`SELECT ${shows[fact]}`).pluck().get() === 1) === holds ? [] : [`${fact}: should be ${holds}`]
  )

/** Plans of which the file has but a part. */
export const torn = (db: Database): ReadonlyArray<unknown> =>
  db
    .prepare(
      `SELECT p.name, count(s.id) AS steps FROM projects p LEFT JOIN steps s ON s.project_id = p.id
       WHERE p.status <> 'deleted' GROUP BY p.id HAVING NOT CASE p.name WHEN 'p' THEN steps IN (8, 9) WHEN 'q' THEN steps = 3 ELSE 1 END`
    )
    .all()

/** Has somebody new do what is left, or a first step if there is none: the file must go on as if nothing had happened. */
export const goOn = async (call: CallTool): Promise<void> => {
  const must = async (tool: string, input: object) => {
    const { isError, text, value } = await call(tool, input)
    assert(!isError, `${tool} after the fault: ${text}`)
    return value
  }
  await must("create_project", planOf("afterwards", 1))
  const step = await must("claim_step", { agent_id: "new", project: "afterwards" })
  await must("start_step", { step_id: step.id, agent_id: "new" })
  await must("complete_step", { step_id: step.id, agent_id: "new", commit_hash: "c" })
}
