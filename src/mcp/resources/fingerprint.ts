/**
 * Fields that every live step renews twice a minute. If they counted as changes, clients would read the plan again and
 * learn nothing. A lost lease still shows, because the step's status changes.
 */
const signsOfLife: ReadonlySet<string> = new Set(["last_heartbeat", "lease_expires_at"])

/**
 * Returns the length of a text and a 64-bit hash. node:crypto would take 8 ms to load, and a collision gives nobody an
 * advantage.
 */
export const digest = (text: string): string => {
  let one = 0xdeadbeef
  let other = 0x41c6ce57
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at)
    one = Math.imul(one ^ unit, 0x9e3779b1)
    other = Math.imul(other ^ unit, 0x5f356495)
  }
  return `${text.length}/${one >>> 0}/${other >>> 0}`
}

/** Returns a fingerprint of a resource that ignores heartbeats. */
export const fingerprint = (content: object): string =>
  digest(JSON.stringify(content, (name, value: unknown) => (signsOfLife.has(name) ? undefined : value)))
