import { readFileSync } from "node:fs"
import { assert, describe, it } from "vitest"
import { tempDatabase } from "../support/temp.ts"
import { startServer } from "../support/testServer.ts"

const projects = 10
const size = 250
const agents = 16
/** Megabytes that its objects may take: a process that keeps more ends. What is garbage does not count. */
const mostKept = 64
/** Megabytes of the whole process. */
const mostMemory = 250

const range = (count: number) => Array.from({ length: count }, (_, at) => at + 1)

/** The memory of the process now, in megabytes. */
const memoryOf = (pid: number): number =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]) / 1024

describe.skipIf(process.platform !== "linux")("thousands of calls with ever new files", () => {
  it("do not make the process grow", { timeout: 300_000 }, async () => {
    const server = await startServer(tempDatabase(), {
      HQ_SYNCHRONOUS: "NORMAL",
      NODE_OPTIONS: `--max-old-space-size=${mostKept}`
    })
    for (const at of range(projects)) {
      const project = `p${at}`
      const files = (num: number) => range(20).map((one) => `src/${project}/${num}/*${one}/{a,b,c}*/**/*.ts`)
      const steps = range(size).map((num) => ({
        step_num: num,
        branch: `b${num}`,
        scope: "api",
        files: files(num).slice(0, 1 + Math.min(19, num % 20))
      }))
      const { isError, text } = await server.call("create_project", { name: project, base_commit: "c", steps })
      assert.isFalse(isError, text)
      const work = async (agent_id: string) => {
        for (;;) {
          const { structured } = await server.call("claim_step", { project, agent_id })
          const { step } = structured as { step: { id: number; step_num: number } | null }
          if (step === null) return
          await server.call("start_step", { step_id: step.id, agent_id })
          const answer = await server.call("complete_step", {
            step_id: step.id,
            agent_id,
            commit_hash: "c",
            files_modified: range(20).map((one) => `src/${project}/${step.step_num}/made/${one}.ts`)
          })
          assert.isFalse(answer.isError, answer.text)
        }
      }
      await Promise.all(range(agents).map((agent) => work(`agent-${agent}`)))
    }
    const memory = memoryOf(server.pid)
    process.stderr.write(`${3 * projects * size} calls: ${memory.toFixed(0)} MB\n`)
    assert.isBelow(memory, mostMemory)
  })
})
