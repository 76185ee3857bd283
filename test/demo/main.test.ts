import { readdirSync } from "node:fs"
import { assert, describe, it } from "vitest"
import { runScript } from "../support/script.ts"
import { tempFolder } from "../support/temp.ts"

/** What the pattern's group caught in the text; fails the test, showing the text, where it does not fit. */
const caught = (text: string, pattern: RegExp): ReadonlyArray<string> => {
  const groups = pattern.exec(text)?.slice(1)
  assert.isDefined(groups, `${pattern} in:\n${text}`)
  return groups as ReadonlyArray<string>
}

const leftBehind = (temp: string) => readdirSync(temp).filter((name) => name.startsWith("hq-demo-"))

// Starts thirteen processes each time, which takes a busy machine a while; the demo itself gives up after 55 s.
describe("demo", { timeout: 90_000 }, () => {
  it("completes 40 of 40 steps exactly once within a minute, that of a killed agent in attempt 2", async () => {
    const temp = tempFolder()
    const { code, stderr, stdout } = await runScript("demo/main.ts", temp).ended
    assert.strictEqual(stderr, "")
    const [victim, branch] = caught(stdout, /s {2}(\w+) +KILLED \(SIGKILL\) in the middle of (\S+), attempt 1\n/)
    const [heir] = caught(stdout, new RegExp(`s {2}(\\w+) +took over ${branch} from ${victim}, attempt 2\n`))
    assert.notStrictEqual(heir, victim)
    assert.include(stdout, `killed      ${victim}, on ${branch}: completed by ${heir}, attempt 2\n`)

    // An agent whose process starts late on a busy machine may find no step ready until the plan is done.
    const [agents, seconds] = caught(stdout, /40\/40 completed by (\d+) agents in ([\d.]+)s/)
    assert.isAtLeast(Number(agents), 8)
    assert.isAtMost(Number(agents), 12)
    assert.isBelow(Number(seconds), 60)
    assert.include(stdout, "done twice  0\n")
    assert.strictEqual(code, 0)
    assert.deepStrictEqual(leftBehind(temp), [])
  })

  it("ends its processes and removes its files when it is interrupted", async () => {
    const temp = tempFolder()
    const demo = runScript("demo/main.ts", temp)
    await demo.prints("completed  1/40")
    assert.lengthOf(leftBehind(temp), 1)
    demo.kill("SIGINT")
    const { code, stderr } = await demo.ended
    assert.deepStrictEqual({ code, stderr }, { code: 130, stderr: "" })
    assert.deepStrictEqual(leftBehind(temp), [])
  })
})
