import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { AgentAtWork, type StepAtWork } from "../../domain/answers/Overviews.ts"
import { Overview } from "../../services/Overview.ts"
import { entry } from "../base/Command.ts"
import { ago } from "../text/ages.ts"
import { stepName } from "../text/references.ts"
import { theirs } from "../text/Style.ts"
import { table } from "../text/table.ts"
import { signOfLife } from "./drawStatus.ts"

/** A line: one of the agent's steps; or none, if it only waits. */
interface Line extends Omit<AgentAtWork, "steps"> {
  readonly step: StepAtWork | undefined
}

const clientOf = ({ session }: StepAtWork): string => {
  if (session === undefined) return ""
  const client = [session.client_name, session.client_version].filter((text) => text !== undefined).join(" ")
  return theirs(`${client === "" ? "unknown" : client}, ${session.host}:${session.pid}`)
}

export const agents = entry({
  path: "agents",
  summary: "List the agents that hold steps or wait for one",
  examples: [["agents", "who holds what, since when, and through which client"]],
  takes: {},
  answer: Schema.Struct({ agents: Schema.Array(AgentAtWork) }),
  run: () =>
    Effect.map(
      Effect.flatMap(Overview, (_) => _.agents),
      (agents) => ({ agents })
    ),
  show: ({ agents }, style, now) =>
    agents.length === 0
      ? ["No agent holds a step or waits for one."]
      : table(
          style,
          [
            { title: "AGENT", cell: ({ agent_id }) => theirs(agent_id), least: 8 },
            {
              title: "STEP",
              cell: ({ step }) => (step === undefined ? "waits" : stepName(step.project, step.step_num)),
              least: 8
            },
            {
              title: "FOR",
              cell: ({ step, waiting }) => ago(step === undefined ? waiting?.since : step.claimed_at, now),
              align: "right"
            },
            { title: "LAST SIGN", cell: ({ step }) => (step === undefined ? "" : signOfLife(style, step, now)) },
            { title: "DONE", cell: ({ completed }) => String(completed), align: "right" },
            { title: "CLIENT", cell: ({ step }) => (step === undefined ? "" : clientOf(step)), least: 8 }
          ],
          agents.flatMap(
            ({ steps, ...agent }): ReadonlyArray<Line> =>
              steps.length === 0 ? [{ ...agent, step: undefined }] : steps.map((step) => ({ ...agent, step }))
          )
        )
})
