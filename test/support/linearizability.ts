/** A call as its caller saw it. */
export interface Call<Op, Answer> {
  readonly op: Op
  /** Undefined: no answer came, so it may have happened or not. */
  readonly answer: Answer | undefined
  readonly start: number
  /** Infinity where no answer came: it may happen at any later time. */
  readonly end: number
}

/** What one thing, called by one caller at a time, would do. */
export interface Model<State, Op, Answer> {
  readonly initial: State
  /**
   * The state after the call; undefined where the call, in that state, would not have been answered so. Without an answer:
   * the state after it, if it does anything.
   */
  readonly step: (state: State, op: Op, answer: Answer | undefined) => State | undefined
}

export type Verdict<State, Op, Answer> =
  | { readonly isLinearizable: true; readonly visited: number }
  | {
      readonly isLinearizable: false
      readonly visited: number
      /** The longest order that was possible, the state that it led to, and the calls of which none could come next. */
      readonly order: ReadonlyArray<Call<Op, Answer>>
      readonly state: State
      readonly stuck: ReadonlyArray<Call<Op, Answer>>
    }

/**
 * Looks for an order of the calls that keeps to real time (what ended before another began comes first) and in which the model
 * gives the answers that were given: the search of Wing and Gong, which never looks twice at the same calls done with the same
 * state reached. Calls without an answer may be left out.
 */
export const check = <State, Op, Answer>(
  model: Model<State, Op, Answer>,
  history: ReadonlyArray<Call<Op, Answer>>
): Verdict<State, Op, Answer> => {
  const byStart = [...history].sort((a, b) => a.start - b.start)
  const answered = byStart.filter((call) => call.answer !== undefined)
  const unanswered = byStart.filter((call) => call.answer === undefined)
  const order: Array<Call<Op, Answer>> = []
  const seen = new Set<string>()
  let longest = { order: [...order], state: model.initial, stuck: [...order] }

  /**
   * @param first the answered calls before this one are done
   * @param ahead so are these after it
   * @param lost and these of the unanswered ones
   */
  const search = (state: State, first: number, ahead: ReadonlyArray<number>, lost: ReadonlyArray<number>): boolean => {
    if (first === answered.length) return true
    const node = JSON.stringify([first, ahead.toSorted(), lost.toSorted(), state])
    if (seen.has(node)) return false
    seen.add(node)
    // No call may come before one that ended before it began.
    const open: Array<number> = []
    let firstEnd = Number.POSITIVE_INFINITY
    for (let at = first; at < answered.length; at++) {
      const { start, end } = answered[at] as Call<Op, Answer>
      if (start > firstEnd) break
      if (ahead.includes(at)) continue
      open.push(at)
      firstEnd = Math.min(firstEnd, end)
    }
    const perhaps = unanswered.flatMap(({ start }, at) => (start <= firstEnd && !lost.includes(at) ? [at] : []))
    if (order.length >= longest.order.length) {
      longest = { order: [...order], state, stuck: open.map((at) => answered[at] as Call<Op, Answer>) }
    }
    const follow = (call: Call<Op, Answer>, then: (next: State) => boolean): boolean => {
      const next = model.step(state, call.op, call.answer)
      if (next === undefined) return false
      order.push(call)
      const isFound = then(next)
      if (!isFound) order.pop()
      return isFound
    }
    return (
      open.some((at) =>
        follow(answered[at] as Call<Op, Answer>, (next) => {
          const done = new Set([...ahead, at])
          let left = first
          while (done.delete(left)) left++
          return search(next, left, [...done], lost)
        })
      ) ||
      perhaps.some((at) =>
        follow(unanswered[at] as Call<Op, Answer>, (next) => search(next, first, ahead, [...lost, at]))
      )
    )
  }

  return search(model.initial, 0, [], [])
    ? { isLinearizable: true, visited: seen.size }
    : { isLinearizable: false, visited: seen.size, ...longest }
}
