import { rules } from "./rules.ts"

/** What a process knows of others' clocks: their latest sign of life at its last sweep, and what a change of it has told. */
export class ClockLook {
  private before: { readonly seen: number | undefined; readonly at: number } | undefined
  private found: { readonly isOff: boolean; readonly at: number } | undefined

  /** @param seen the latest sign of life of other sessions */
  look(seen: number | undefined, now: number): { readonly isOff: boolean; readonly isFirst: boolean } {
    const { before } = this
    if (before !== undefined && seen !== undefined && seen !== before.seen) {
      const ahead = now - seen
      this.found = { isOff: ahead < -rules.tolerance || ahead > now - before.at + rules.tolerance, at: now }
    }
    this.before = { seen, at: now }
    const isKnown = this.found !== undefined && now - this.found.at <= 2 * rules.interval
    return { isOff: isKnown && this.found?.isOff === true, isFirst: before === undefined }
  }
}
