import * as Effect from "effect/Effect"
import { UsageError } from "./failures.ts"

const units: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/** Reads a length of time such as 90s, 15m or 1h30m. Returns milliseconds. Fails with UsageError if it is none. */
export const lengthOfTime = (option: string, text: string): Effect.Effect<number, UsageError> =>
  /^(\d+(\.\d+)?(ms|s|m|h|d))+$/.test(text)
    ? Effect.succeed(
        [...text.matchAll(/(\d+(?:\.\d+)?)([a-z]+)/g)].reduce(
          (sum, [, count, unit]) => sum + Number(count) * (units[unit as string] as number),
          0
        )
      )
    : new UsageError({
        reason: `${option} must be a length of time, not "${text}".`,
        advice: "Write such as 90s, 15m, 1h30m or 2d."
      })
