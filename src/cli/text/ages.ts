/** Units of time, the largest first, with their milliseconds. */
export const units = [
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

const two = (part: number): string => String(part).padStart(2, "0")

/** The time of day there, with the date if that is another day than now. @param at ISO-8601 @param now milliseconds since 1970 */
export const clock = (at: string, now: number): string => {
  const date = new Date(at)
  const time = `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`
  return date.toDateString() === new Date(now).toDateString()
    ? time
    : `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())} ${time}`
}
