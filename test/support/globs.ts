import { finder, type GlobPair, type Work } from "../../src/domain/GlobOverlaps.ts"
import { type Files, ofGlob, ofPath } from "../../src/domain/Globs.ts"

/** A pair that overlaps, one of either list, or undefined. */
export const firstOverlap = (
  as: ReadonlyArray<Files>,
  bs: ReadonlyArray<Files>,
  work: Work = { left: Number.POSITIVE_INFINITY }
): GlobPair | undefined => finder([{ owner: "b", globs: bs }], work)(as).found.get("b")

/** Whether some path is covered by both globs. */
export const overlap = (a: string, b: string): boolean => firstOverlap([ofGlob(a)], [ofGlob(b)]) !== undefined

/** Whether a path that was touched has a file in common with the glob. */
export const matches = (glob: string, path: string): boolean =>
  firstOverlap([ofGlob(glob)], [ofPath(path)]) !== undefined
