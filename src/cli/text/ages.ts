const units = [
  ["d", 86_400_000],
  ["h", 3_600_000],
  ["m", 60_000],
  ["s", 1000]
] as const

/** A length of time in its two largest units, such as "3h 5m". @param millis milliseconds; less than none counts as none */
export const duration = (millis: number): string => {
  const first = units.findIndex(([, size]) => millis >= size)
  if (first < 0) return "0s"
  let left = millis
  return units
    .slice(first, first + 2)
    .flatMap(([unit, size]) => {
      const many = Math.floor(left / size)
      left -= many * size
      return many === 0 ? [] : [`${many}${unit}`]
    })
    .join(" ")
}

/** How long ago that was. @param at ISO-8601 @param now milliseconds since 1970 */
export const ago = (at: string | undefined, now: number): string =>
  at === undefined ? "" : duration(now - Date.parse(at))
