import { spawnSync } from "node:child_process"
import { type Figures, scenarios } from "../test/chaos/scenarios.ts"
import { seedFromEnvironment, withSeed } from "../test/support/random.ts"

/*
 * Plays every scenario of test/chaos for a long time, then the model test. HQ_SEED=n repeats a seed. Arguments are names of scenarios
 * (or "model") and select only those. Exits with 1 if any promise is broken.
 */

const modelCommands = 100_000

/** The model test needs the test runner. */
const model = async (seed: number): Promise<Figures> => {
  const env = { ...process.env, HQ_SEED: String(seed), HQ_MODEL_COMMANDS: String(modelCommands) }
  const { status } = spawnSync("npx", ["vitest", "run", "test/model"], { env, stdio: "inherit" })
  if (status !== 0) throw new Error(`the model test ended with ${status}`)
  return { commands: modelCommands }
}

const shown = (figure: unknown): string => String(typeof figure === "number" ? Math.round(figure) : figure)

const report = (name: string, seed: number, since: number, verdict: string) => {
  const seconds = ((performance.now() - since) / 1000).toFixed(1)
  process.stdout.write(`${name.padEnd(26)} seed ${String(seed).padEnd(10)} ${seconds.padStart(7)} s  ${verdict}\n`)
}

const wanted = process.argv.slice(2)
const all = [...scenarios.map(({ name, soak }) => ({ name, play: soak })), { name: "model", play: model }]
const chosen = all.filter(({ name }) => wanted.length === 0 || wanted.includes(name))
if (chosen.length === 0) throw new Error(`choose from: ${all.map(({ name }) => name).join(", ")}`)

for (const { name, play } of chosen) {
  const seed = seedFromEnvironment()
  const since = performance.now()
  try {
    const { skipped, ...figures } = await withSeed(seed, play)
    const list = Object.entries(figures).map(([figure, value]) => `${figure} ${shown(value)}`)
    report(name, seed, since, skipped === undefined ? `ok: ${list.join(", ")}` : `skipped: ${skipped}`)
  } catch (error) {
    process.exitCode = 1
    report(name, seed, since, `BROKEN: ${error instanceof Error ? error.message : error}`)
  }
}
