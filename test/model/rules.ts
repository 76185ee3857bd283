const second = 1000
const minute = 60 * second
const hour = 60 * minute

/** Settings of the model and of what is compared with it, in milliseconds. */
export const rules = {
  lease: 10 * minute,
  deadline: 30 * minute,
  grace: 2 * minute,
  /** Between two renewals of a session's leases. */
  interval: 30 * second,
  /** Clocks may differ by so much. */
  tolerance: minute,
  /** A session that lasted less leaves its leases as they are. */
  short: minute,
  retention: 6 * hour,
  maxAttempts: 3,
  /** A holder heard of within this time is alive. */
  alive: minute,
  /** Calls closer to each other than this renew once. */
  throttle: second
}
