export interface Holder {
  readonly agent: string
  readonly attempt: number
}

/** What one process remembers: the last claim of each step it had to do with, and when it last heard of each agent that holds one. */
export class Memory {
  private readonly claims = new Map<number, Holder & { readonly isOver: boolean }>()
  private readonly heardAt = new Map<string, number>()
  /** The last heartbeat of each step when it was shown as stale. */
  readonly shown = new Map<number, number>()

  recall(step: number): Holder | undefined {
    return this.claims.get(step)
  }

  remember(step: number, { agent, attempt }: Holder, at: number): void {
    this.claims.set(step, { agent, attempt, isOver: false })
    this.forgetIdle()
    this.heardAt.set(agent, at)
  }

  end(step: number): void {
    const claim = this.claims.get(step)
    if (claim !== undefined) this.claims.set(step, { ...claim, isOver: true })
    this.forgetIdle()
  }

  hear(agent: string, at: number): void {
    if (this.heardAt.has(agent)) this.heardAt.set(agent, at)
  }

  held(): ReadonlyArray<Holder & { readonly step: number; readonly heardAt: number }> {
    return [...this.claims]
      .filter(([, claim]) => !claim.isOver)
      .map(([step, { agent, attempt }]) => ({ step, agent, attempt, heardAt: this.heardAt.get(agent) as number }))
  }

  onlyAgent(): string | undefined {
    const agents = new Set(this.held().map(({ agent }) => agent))
    return agents.size === 1 ? [...agents][0] : undefined
  }

  private forgetIdle(): void {
    const busy = new Set([...this.claims.values()].filter(({ isOver }) => !isOver).map(({ agent }) => agent))
    for (const agent of this.heardAt.keys()) if (!busy.has(agent)) this.heardAt.delete(agent)
  }
}
