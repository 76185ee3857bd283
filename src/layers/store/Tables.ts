/** Names of hq's tables in one database. A prefix keeps them, their indexes and triggers apart from a host's own. */
export interface Tables {
  readonly prefix: string
  readonly projects: string
  readonly steps: string
  readonly dependencies: string
  readonly agent_events: string
  readonly failed_steps_history: string
  readonly claim_requests: string
  /** Running totals of steps by project, status and scope, kept by triggers. */
  readonly step_counts: string
  /** Running totals of done steps by agent, project and scope, kept by triggers. */
  readonly agent_counts: string
  /** The queue of calls that wait for a step to claim. */
  readonly claim_waiters: string
  /** The sessions that have written, and what is known of their clients. */
  readonly agent_sessions: string
  /** One row: when the latest sweep was, and since when sweeps go on without a gap. */
  readonly lease_sweeps: string
  readonly migrations: string
}

/** @param prefix letters, digits and underscores, such as "hq_"; "" for the contract's own names */
export const tables = (prefix: string): Tables => {
  if (!/^([A-Za-z_][A-Za-z0-9_]*)?$/.test(prefix)) {
    throw new Error(`table prefix ${JSON.stringify(prefix)} must be made of letters, digits and underscores`)
  }
  return {
    prefix,
    projects: `${prefix}projects`,
    steps: `${prefix}steps`,
    dependencies: `${prefix}dependencies`,
    agent_events: `${prefix}agent_events`,
    failed_steps_history: `${prefix}failed_steps_history`,
    claim_requests: `${prefix}claim_requests`,
    step_counts: `${prefix}step_counts`,
    agent_counts: `${prefix}agent_counts`,
    claim_waiters: `${prefix}claim_waiters`,
    agent_sessions: `${prefix}agent_sessions`,
    lease_sweeps: `${prefix}lease_sweeps`,
    migrations: `${prefix}hq_migrations`
  }
}
