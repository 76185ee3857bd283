import { readdirSync, readFileSync } from "node:fs"

interface Process {
  readonly pid: number
}

/** A clock tick of Linux in milliseconds: there are 100 a second wherever Node.js runs. */
const tick = 10

/** Returns the CPU time of a process so far, in milliseconds. */
export const cpuTime = ({ pid }: Process): number => {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8")
  // The name is in brackets and may contain spaces. The state after it is field 3; utime and stime are fields 14 and 15.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ")
  return (Number(fields[11]) + Number(fields[12])) * tick
}

/** Returns how often the threads of a process have gone to sleep so far, which is how often they were woken. */
export const wakeUps = ({ pid }: Process): number =>
  readdirSync(`/proc/${pid}/task`).reduce((sum, task) => {
    const status = readFileSync(`/proc/${pid}/task/${task}/status`, "utf8")
    return sum + Number(/^voluntary_ctxt_switches:\s+(\d+)/m.exec(status)?.[1])
  }, 0)
