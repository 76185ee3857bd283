/** Milliseconds of processor time that this process has taken so far: what it takes does not grow with what else the machine does. */
export const cpuTime = (): number => {
  const { system, user } = process.cpuUsage()
  return (user + system) / 1000
}
