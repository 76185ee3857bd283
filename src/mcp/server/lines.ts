const lineFeed = 10

/** Stands for a line that is longer than the limit. Its text is not kept. */
export const tooLong = Symbol("tooLong")

export interface Lines {
  readonly add: (chunk: Buffer) => void
  /** Ends the last line, if it has begun. Nothing may be added afterwards. */
  readonly end: () => void
  /** Returns the next complete line without its end; undefined if there is none yet. */
  readonly next: () => string | typeof tooLong | undefined
  /** Returns the number of added bytes that `next` has not looked at. */
  readonly backlog: () => number
}

/**
 * Splits bytes into lines on demand. It splits bytes and not text, because a chunk may end within a character.
 *
 * @param maxLine maximum length of a line, in bytes
 */
export const make = (maxLine: number): Lines => {
  const waiting: Array<Buffer> = []
  let backlog = 0
  let isEnded = false
  /** The line so far. */
  let parts: Array<Buffer> = []
  let length = 0

  const append = (part: Buffer) => {
    length += part.length
    if (length > maxLine) parts = []
    else if (part.length > 0) parts.push(part)
  }

  const complete = () => {
    const line = length > maxLine ? tooLong : Buffer.concat(parts).toString("utf8")
    parts = []
    length = 0
    return line
  }

  return {
    add: (chunk) => {
      waiting.push(chunk)
      backlog += chunk.length
    },
    end: () => {
      isEnded = true
    },
    next: () => {
      for (let chunk = waiting.shift(); chunk !== undefined; chunk = waiting.shift()) {
        const end = chunk.indexOf(lineFeed)
        if (end < 0) {
          backlog -= chunk.length
          append(chunk)
          continue
        }
        backlog -= end + 1
        append(chunk.subarray(0, end))
        if (end + 1 < chunk.length) waiting.unshift(chunk.subarray(end + 1))
        return complete()
      }
      return isEnded && length > 0 ? complete() : undefined
    },
    backlog: () => backlog
  }
}
