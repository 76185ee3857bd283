import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { WaitingCall } from "../../domain/answers/Overviews.ts"
import { Overview } from "../../services/Overview.ts"
import { entry } from "../base/Command.ts"
import { ago, duration } from "../text/ages.ts"
import { theirs } from "../text/Style.ts"
import { table } from "../text/table.ts"

export const queue = entry({
  path: "queue",
  summary: "List the calls that wait for a step, the next one first",
  examples: [["queue", "who waits for what, and until when"]],
  takes: {},
  answer: Schema.Struct({ queue: Schema.Array(WaitingCall) }),
  run: () =>
    Effect.map(
      Effect.flatMap(Overview, (_) => _.queue),
      (queue) => ({ queue })
    ),
  show: ({ queue }, style, now) =>
    queue.length === 0
      ? ["No call waits for a step."]
      : table(
          style,
          [
            { title: "#", cell: ({ position }) => String(position), align: "right" },
            { title: "AGENT", cell: ({ agent_id }) => theirs(agent_id), least: 8 },
            { title: "PROJECT", cell: ({ project }) => (project === undefined ? "any" : theirs(project)), least: 8 },
            {
              title: "SCOPES",
              cell: ({ scopes }) => (scopes === undefined ? "any" : scopes.map(theirs).join(", ")),
              least: 6
            },
            { title: "WAITS", cell: ({ since }) => ago(since, now), align: "right" },
            { title: "GIVES UP IN", cell: ({ until }) => duration(Date.parse(until) - now), align: "right" }
          ],
          queue
        )
})
