import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import { units } from "../text/ages.ts"
import { UsageError } from "./failures.ts"

const millisOf: Readonly<Record<string, number>> = { ms: 1, ...Object.fromEntries(units) }

/** Reads a length of time such as "90s" or "1h30m". Fails with UsageError. @param option that was given, for the error */
export const lengthOfTime = (option: string, text: string): Effect.Effect<Duration.Duration, UsageError> => {
  const parts = [...text.toLowerCase().matchAll(/(\d+(?:\.\d+)?)\s*(ms|[smhd])/g)]
  const millis = parts.reduce((sum, [, count, unit]) => sum + Number(count) * (millisOf[unit as string] as number), 0)
  return /^\s*(\d+(\.\d+)?\s*(ms|[smhd])\s*)+$/i.test(text)
    ? Effect.succeed(Duration.millis(millis))
    : new UsageError({ reason: `"${text}" is not a length of time.`, advice: `Give ${option} such as 90s, 30m or 2h.` })
}
