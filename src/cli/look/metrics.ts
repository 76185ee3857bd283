import * as Options from "@effect/cli/Options"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { AgentMetrics, ProjectMetrics } from "../../domain/Entities.ts"
import type { AgentId, ProjectName } from "../../domain/Ids.ts"
import { Analytics } from "../../services/Analytics.ts"
import { optionalProject } from "../base/arguments.ts"
import { entry } from "../base/Command.ts"
import { duration } from "../text/ages.ts"
import { section } from "../text/parts.ts"
import { theirs } from "../text/Style.ts"
import { table } from "../text/table.ts"

/** Fields of a project, of an agent, or of both over everything. */
const Answer = Schema.partial(Schema.Struct({ ...ProjectMetrics.fields, ...AgentMetrics.fields }))

export const metrics = entry({
  path: "metrics",
  summary: "Count steps and how long they take, of all, a project or an agent",
  examples: [
    ["metrics myapp", "one project"],
    ["metrics --agent api-7f3k", "what one agent has done"]
  ],
  takes: {
    project: optionalProject("all"),
    agent: Options.text("agent").pipe(Options.withDescription("Only its steps"), Options.optional)
  },
  answer: Answer,
  run: ({ agent, project }) =>
    Effect.map(
      Effect.flatMap(Analytics, (_) =>
        _.metrics({
          ...(Option.isSome(project) ? { project: project.value as ProjectName } : {}),
          ...(Option.isSome(agent) ? { agent_id: agent.value as AgentId } : {})
        })
      ),
      (metrics): typeof Answer.Type => metrics
    ),
  show: ({ avg_time_hours, scopes = {}, ...counts }, style) => {
    const rows = [
      ...Object.entries(counts).map(([name, count]) => [name.replaceAll("_", " "), String(count)] as const),
      ["mean time of a step", avg_time_hours == null ? "not known yet" : duration(3_600_000 * avg_time_hours)] as const
    ]
    const width = Math.max(...rows.map(([name]) => name.length))
    return [
      ...rows.map(([name, value]) => `${style.dim(name.padEnd(width))}  ${value}`),
      ...section(
        style,
        "Scopes",
        table(
          style,
          [
            { title: "SCOPE", cell: ([scope]: readonly [string, number]) => theirs(scope), least: 8 },
            { title: "STEPS", cell: ([, steps]: readonly [string, number]) => String(steps), align: "right" }
          ],
          Object.entries(scopes)
        )
      )
    ]
  }
})
