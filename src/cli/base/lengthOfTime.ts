import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import { UsageError } from "./failures.ts"

const units = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/** Reads a length of time such as "90s" or "1h30m". Fails with UsageError. @param option that was given, for the error */
export const lengthOfTime = (option: string, text: string): Effect.Effect<Duration.Duration, UsageError> => {
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)\s*([smhd])/gi)]
  const millis = parts.reduce(
    (sum, [, number, unit]) => sum + Number(number) * units[(unit as string).toLowerCase() as keyof typeof units],
    0
  )
  const isWhole = parts.map(([part]) => part).join("") === text.trim().replace(/\s+(?=\d)/g, "")
  return isWhole && millis > 0
    ? Effect.succeed(Duration.millis(millis))
    : new UsageError({ reason: `"${text}" is not a length of time.`, advice: `Give ${option} such as 90s, 30m or 2h.` })
}
