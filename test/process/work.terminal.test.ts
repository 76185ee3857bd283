import { execFileSync, spawnSync } from "node:child_process"
import { rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as Effect from "effect/Effect"
import { assert, describe, it, type TestContext } from "vitest"
import * as Coordination from "../../src/layers/Coordination.ts"
import { atEnd } from "../support/cleanup.ts"
import { bin } from "../support/server.ts"
import { shellScript, workPlan, workRepository } from "../support/work.ts"
import { until } from "../support/world.ts"

const hasTmux = spawnSync("tmux", ["-V"]).status === 0

let servers = 0

/** A shell on a terminal of its own, in a repository with a plan of steps that do not depend on each other. */
const terminal = async (steps: number, columns: number, rows: number, environment = "TERM=screen") => {
  const at = workRepository()
  const plan = Object.fromEntries(Array.from({ length: steps }, (_, index) => [index + 1, []]))
  await Effect.runPromise(
    Effect.provide(workPlan(at, plan, { name: "myapp" }), Coordination.layerSqlite({ filename: at.db }))
  )
  servers += 1
  const socket = join(tmpdir(), `hq-test-tmux-${process.pid}-${servers}`)
  const server = ["-S", socket, "-f", "/dev/null"]
  const tmux = (...args: ReadonlyArray<string>) => execFileSync("tmux", [...server, ...args], { encoding: "utf8" })
  const shell = `env ${environment} HOME=${at.folder} AGENT_DB_PATH=${at.db} PS1='READY ' sh`
  tmux("new-session", "-d", "-x", String(columns), "-y", String(rows), "-c", at.repository, shell)
  atEnd(() => {
    spawnSync("tmux", [...server, "kill-server"])
    rmSync(socket, { force: true })
  })
  const shown = () => tmux("capture-pane", "-p").trimEnd()
  const shows = (what: RegExp) => until(`${what} in\n${shown()}`, 20_000, () => what.test(shown()))
  // What is typed before would be echoed before the prompt.
  await shows(/^READY$/)
  return {
    at,
    shown,
    shows,
    /** The same, with what has scrolled away. */
    all: () => tmux("capture-pane", "-p", "-S", "-"),
    /** Types hq's arguments, on a terminal that is empty then. */
    hq: (line: string) => tmux("send-keys", `clear; node ${bin} ${line}`, "Enter"),
    press: (key: string) => tmux("send-keys", key),
    resize: (width: number, height: number) => tmux("resize-window", "-x", String(width), "-y", String(height)),
    isCursorVisible: () => tmux("display", "-p", "#{cursor_flag}").trim() === "1",
    end: (name: string) => writeFileSync(join(at.folder, `end-${name}`), "")
  }
}

/** Prints what a terminal would act upon, and waits for its end. */
const script = (folder: string) => `
printf 'working on %s \\033[2J\\007\\n' "$HQ_STEP"
while ! [ -e ${folder}/end-$HQ_STEP ]; do sleep 0.05; done
[ "$HQ_STEP" != 2 ] || { echo "tests are red"; exit 1; }`

const onTerminal = (title: string, body: () => Promise<void>) =>
  it(title, (context: TestContext) => {
    if (!hasTmux && process.env.CI === undefined) context.skip("tmux, which makes a terminal, is not installed")
    return body()
  })

describe("hq work on a terminal", () => {
  onTerminal("draws a board in place under the lines of what is over, and takes it away at the end", async () => {
    const { all, at, end, hq, isCursorVisible, resize, shown, shows } = await terminal(5, 80, 24)
    hq(`work myapp --agents 3 -- ${shellScript(at, script(at.folder))}`)
    await shows(/^ +3 +#3 +\d+s +Write 3 +working on 3/m)
    assert.match(
      shown(),
      /^myapp {2}3 of 3 at work {2}0 steps completed {2}\d+s\nSLOT {2}STEP {2}FOR {2}TITLE {4}LAST LINE\n/
    )
    assert.match(shown(), /working on 1 \\u\{7\}$/m)
    for (const done of ["1", "2"]) end(done)
    await shows(/^ +\d +#5 /m)
    resize(40, 20)
    await shows(/^SLOT {2}STEP {2}FOR {2}LAST LINE$/m)
    resize(90, 20)
    await shows(/^SLOT {2}STEP {2}FOR {2}TITLE {4}LAST LINE$/m)
    for (const done of ["3", "4", "5"]) end(done)
    await shows(/^READY$/m)
    assert.match(all(), /^myapp#2 failed: the program exited with 1: tests are red \(/m)
    assert.lengthOf(all().match(/^myapp#\d completed in /gm) ?? [], 4)
    assert.notMatch(shown(), /SLOT|at work/)
    assert.match(
      shown().replace(/\s+/g, " "),
      /hq: Of myapp, step 2 failed\. See why: .* --retry 1 4 steps completed, 1 failed attempt READY$/
    )
    assert.isTrue(isCursorVisible())
  })

  onTerminal("leaves the terminal in order when Ctrl-C stops it, also a low one with many agents", async () => {
    const { at, hq, isCursorVisible, press, shown, shows } = await terminal(20, 40, 10)
    hq(`work myapp --agents 20 -- ${shellScript(at, script(at.folder))}`)
    await shows(/^myapp {2}20 of 20 at work/m)
    await shows(/^SLOT.*\n(.*working on.*\n){5}and 15 more: hq agents$/m)
    press("C-c")
    await shows(/Ctrl-C again stops them\.$/m)
    await shows(/^and 15 more: hq agents$/m)
    press("C-c")
    await shows(/^READY$/m)
    assert.notMatch(shown(), /SLOT|at work/)
    assert.match(shown(), /given back: hq work was stopped\nREADY$/)
    assert.isTrue(isCursorVisible())
  })

  onTerminal("draws nothing in place with --json and on a dumb terminal", async () => {
    for (const [options, environment] of [
      ["--json", "TERM=screen"],
      ["", "TERM=dumb"]
    ] as const) {
      const { at, hq, shown, shows } = await terminal(1, 120, 20, environment)
      hq(`work myapp ${options} -- ${shellScript(at, "sleep 0.5")}`)
      await shows(/READY$/)
      assert.match(shown(), /^myapp#1 started by agent\.sh-\w+-1: Write 1 /m)
      assert.match(shown(), /^myapp#1 completed in /m)
      assert.match(shown(), options === "--json" ? /^\{"format":1,"ended":"all_done",/m : /^1 step completed$/m)
    }
  })
})
