/** A number of bytes as a person reads it. */
export const bytes = (count: number): string =>
  count < 1_000_000
    ? `${Math.ceil(count / 1000)} KB`
    : `${(count / 1_000_000).toLocaleString("en", { maximumFractionDigits: 1 })} MB`

/** A number and what it counts, such as "1 step". @param unit in the singular */
export const counted = (count: number, unit: string): string =>
  `${count.toLocaleString("en")} ${unit}${count === 1 ? "" : "s"}`
