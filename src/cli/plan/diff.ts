import * as Effect from "effect/Effect"
import { entry } from "../base/Command.ts"
import { Change } from "./changes.ts"
import { fileArgument, readPlan, readText } from "./readPlan.ts"
import { showChange } from "./showChange.ts"

export const diff = entry({
  path: "plan diff",
  summary: "Show what the import of a plan file would change",
  examples: [["plan diff plan.yaml", "changes nothing"]],
  takes: { file: fileArgument },
  answer: Change,
  run: ({ file }) =>
    Effect.map(
      Effect.flatMap(readText(file), (text) => readPlan(file, text)),
      ({ change }) => change
    ),
  show: (change, style) => showChange(change, style, Number.POSITIVE_INFINITY)
})
