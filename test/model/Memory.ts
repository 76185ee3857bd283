export interface Holder {
  readonly agent: string
  readonly attempt: number
}

export interface Held extends Holder {
  readonly step: number
  /** The latest sign of life that this process knows of. */
  readonly seen: number
}

/** What one process remembers: the last claim of each step by each agent, what is held of it, and when each claim made progress. */
export class Memory {
  private readonly known = new Map<number, Map<string, number>>()
  private readonly holding = new Map<number, Held>()
  /** Step and agent of claims that their agents ended themselves. */
  private readonly settled = new Set<string>()
  /** Of each claim that is held, by its step. */
  private readonly progressAt = new Map<number, number>()
  private readonly claimants = new Set<string>()
  /** The last heartbeat of each step when it was shown as stale. */
  readonly shown = new Map<number, number>()

  /** Who calls about the step, as far as request and memory tell: never a guess between two agents. */
  caller(step: number, by: { readonly agent?: string | undefined; readonly attempt?: number | undefined }) {
    const agents = this.known.get(step) ?? new Map<string, number>()
    const agent = by.agent ?? (this.claimants.size === 1 ? [...agents.keys()][0] : undefined)
    return agent === undefined ? undefined : { agent, attempt: by.attempt ?? agents.get(agent) }
  }

  remember(held: Held, at: number): void {
    const { agent, attempt, step } = held
    if ((this.holding.get(step)?.attempt ?? 0) > attempt) return
    this.holding.set(step, held)
    for (const earlier of this.known.get(step)?.keys() ?? []) {
      if (this.settled.delete(`${step} ${earlier}`)) this.known.get(step)?.delete(earlier)
    }
    this.known.set(step, (this.known.get(step) ?? new Map<string, number>()).set(agent, attempt))
    this.progressAt.set(step, at)
    this.meet(agent)
  }

  /** The agent has asked for a step. */
  meet(agent: string): void {
    this.claimants.add(agent)
  }

  end(step: number, attempt: number, how: "done" | "lost"): void {
    const held = this.holding.get(step)
    if (held?.attempt !== attempt) return
    this.holding.delete(step)
    if (how === "done") this.settled.add(`${step} ${held.agent}`)
  }

  /** A call of the agent: progress of the step that it names, or of the only one that it holds. */
  hear(agent: string, step: number | undefined, at: number): void {
    const held = this.held().filter((claim) => claim.agent === agent)
    for (const claim of held) if (claim.step === step || held.length === 1) this.progressAt.set(claim.step, at)
  }

  renewed(held: Held, at: number): void {
    this.holding.set(held.step, { ...held, seen: at })
  }

  onlyAgent(): string | undefined {
    return this.claimants.size === 1 ? [...this.claimants][0] : undefined
  }

  held(): ReadonlyArray<Held & { readonly progressAt: number }> {
    return [...this.holding.values()].map((held) => ({ ...held, progressAt: this.progressAt.get(held.step) as number }))
  }
}
