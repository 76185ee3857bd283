import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type { ProjectExplanation, StepExplanation } from "../../domain/answers/Explanations.ts"
import { AgentEvent, type Metrics } from "../../domain/Entities.ts"
import type { CoordinationError } from "../../domain/Errors.ts"
import { invalidInput } from "../../domain/Errors.ts"
import { AgentEvents, ExplainStep, GetMetrics } from "../../domain/Requests.ts"
import { budget, takeWithin } from "../../domain/ResponseBudget.ts"
import { Analytics } from "../../services/Analytics.ts"
import { tool } from "../Tool.ts"
import { AnyResult, next_cursor } from "./outputs.ts"

/**
 * Keeps the scopes with the most steps, as many as fit, and counts the others. A plan may have as many scopes as steps.
 */
const withLargestScopes = (metrics: Metrics) => {
  const all = Object.entries(metrics.scopes).sort(([, a], [, b]) => b - a)
  const kept = takeWithin(all, budget.page)
  if (kept.length === all.length) return metrics
  return { ...metrics, scopes: Object.fromEntries(kept), scopes_more: all.length - kept.length }
}

export const analytics = [
  tool({
    name: "get_metrics",
    title: "Get metrics",
    description:
      "Step counts, mean hours from start to completion, and scopes: of a project, of an agent, or of everything.",
    kind: "read",
    input: GetMetrics,
    output: AnyResult,
    run: (input) =>
      Effect.map(
        Effect.flatMap(Analytics, (_) => _.metrics(input)),
        withLargestScopes
      )
  }),
  tool({
    name: "get_agent_events",
    title: "Get agent events",
    description: "The audit trail, latest first: who claimed, started, completed, failed or lost which step, and when.",
    kind: "read",
    input: AgentEvents,
    output: Schema.Struct({ events: Schema.Array(AgentEvent), next_cursor }),
    run: (input) => Effect.flatMap(Analytics, (_) => _.events(input)),
    text: (page) => page.events,
    list: "events"
  }),
  tool({
    name: "explain_step",
    title: "Explain step",
    description:
      "Why a step is not ready: what it waits for, and who holds that. Or a project's critical path and what blocks most.",
    kind: "read",
    input: ExplainStep,
    output: AnyResult,
    run: ({ project, step_id }) =>
      Effect.flatMap(Analytics, (_): Effect.Effect<StepExplanation | ProjectExplanation, CoordinationError> => {
        if (step_id !== undefined && project === undefined) return _.explainStep({ step_id })
        if (project !== undefined && step_id === undefined) return _.explainProject({ project })
        return invalidInput("", "must have step_id or project, one of the two")
      })
  })
]
