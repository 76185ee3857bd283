import * as Args from "@effect/cli/Args"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { OverlappingSteps } from "../../domain/answers/Overviews.ts"
import type { ProjectName } from "../../domain/Ids.ts"
import { Overview } from "../../services/Overview.ts"
import { entry } from "../base/Command.ts"
import { theirs } from "../text/Style.ts"
import { table } from "../text/table.ts"

const who = ({ agent_id, status, step_num }: Omit<OverlappingSteps, "file" | "other" | "other_file">): string =>
  `#${step_num} ${status === "completed" ? "not merged" : theirs(agent_id)}`

export const overlaps = entry({
  path: "overlaps",
  summary: "Show which steps change the same files: merges may conflict",
  examples: [["overlaps myapp", "steps at work, and completed ones that are not merged"]],
  takes: { project: Args.text({ name: "project" }).pipe(Args.withDescription("Its name")) },
  answer: Schema.Struct({ overlaps: Schema.Array(OverlappingSteps) }),
  run: ({ project }) =>
    Effect.map(
      Effect.flatMap(Overview, (_) => _.overlaps({ project: project as ProjectName })),
      (overlaps) => ({ overlaps })
    ),
  show: ({ overlaps }, style) =>
    overlaps.length === 0
      ? ["No steps at work, or completed and not merged, change the same files."]
      : table(
          style,
          [
            { title: "STEP", cell: who, least: 8 },
            { title: "CHANGES", cell: ({ file }) => theirs(file), least: 8 },
            { title: "AND STEP", cell: ({ other }) => who(other), least: 8 },
            { title: "CHANGES", cell: ({ other_file }) => theirs(other_file), least: 8 }
          ],
          overlaps
        )
})
