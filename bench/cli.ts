import { cpSync, writeFileSync } from "node:fs"
import { resolve } from "node:path"
import { pathToFileURL } from "node:url"
import * as Effect from "effect/Effect"
import { Steps } from "../src/services/Steps.ts"
import { newFile } from "./disk.ts"
import { inTurns, median, quantile } from "./measure.ts"
import { answerOf, timeOf, timeOfNode } from "./program.ts"
import type { Figure } from "./results.ts"
import { startHq } from "./servers.ts"
import { watch } from "./watch.ts"
import { work } from "./work.ts"
import { agent, open, project } from "./world.ts"

const starts = 41
const looks = 21
const imports = 9
const steps = 10_000
const agents = 50
const done = 1000

const ofTimes = (times: ReadonlyArray<number>) => ({
  hq: median(times),
  details: { p95: quantile(times, 0.95), fastest: quantile(times, 0) }
})

/** Starts of processes, in turns. HQ_OTHER names the hq.cjs of another build, whose server is started as well. */
const startUps = async (file: string): Promise<ReadonlyArray<Figure>> => {
  const { HQ_OTHER: other } = process.env
  const server = (build?: string) => async () => {
    const since = performance.now()
    const started = await startHq(newFile(), build)
    const time = performance.now() - since
    await started.close()
    return time
  }
  const times = await inTurns(starts, {
    node: timeOfNode,
    help: () => timeOf(["--help"], { file }),
    server: server(),
    other: other === undefined ? () => Promise.resolve(Number.NaN) : server(pathToFileURL(resolve(other)).href)
  })
  return [
    { what: "node -e 0", unit: "ms", ...ofTimes(times.node) },
    { what: "hq --help", unit: "ms", ...ofTimes(times.help) },
    {
      what: "hq --help, beyond node -e 0",
      unit: "ms",
      hq: median(times.help) - median(times.node),
      target: { atMost: 120 }
    },
    {
      what: "hq (server): start to the answer to initialize",
      unit: "ms",
      ...ofTimes(times.server),
      ...(other === undefined ? {} : { against: ["HQ_OTHER", median(times.other)], target: { atMost: 1.02 } })
    }
  ]
}

/** The plan as a plan file, with what a planner writes. */
const planFile = () => ({
  name: "big",
  base_commit: "abc1234",
  steps: Array.from({ length: steps }, (_, index) => ({
    num: index + 1,
    title: `Step ${index + 1}: part ${index % 7}`,
    branch: `step${index + 1}/work`,
    scope: ["api", "ui", "db"][index % 3],
    ...(index < 100 ? {} : { depends_on: [index - 99, index - 49] }),
    files: [`src/part${index % 50}/file${index}.ts`],
    estimate: 10 + (index % 50),
    description: "Write the parser.\nTests show that it works: npm test"
  }))
})

/** Some agents complete steps and then hold one each. */
const someWork = async (file: string): Promise<void> => {
  const hq = open(file, "NORMAL")
  const service = await hq.runPromise(Steps)
  const one = (at: number) =>
    Effect.gen(function* () {
      const agent_id = agent(`agent-${at % agents}`)
      const { step } = yield* service.claim({ project: project("big"), agent_id })
      if (step === null || at >= done) return
      yield* service.start({ step_id: step.id, agent_id })
      yield* service.complete({ step_id: step.id, agent_id, commit_hash: "def456" })
    })
  await hq.runPromise(
    Effect.forEach(
      Array.from({ length: done + agents }, (_, at) => at),
      one,
      { discard: true }
    )
  )
  await hq.dispose()
}

/** (l) The command line as people and scripts have it: processes from their start to their end. */
export const cli = async (): Promise<ReadonlyArray<Figure>> => {
  const file = newFile()
  const [json, yaml, all] = [`${file}.json`, `${file}.yaml`, `${file}.jsonl`]
  writeFileSync(json, JSON.stringify(planFile()))
  await answerOf(["plan", "import", "--yes", json], { file })
  writeFileSync(yaml, await answerOf(["plan", "export", "big"], { file }))
  await someWork(file)
  await answerOf(["export", all], { file })
  const importOf = (from: string) => () => timeOf(["plan", "import", "--yes", from], { file: newFile() })
  const started = await startUps(file)
  const { status } = await inTurns(looks, { status: () => timeOf(["status"], { file }) })
  const imported = await inTurns(imports, {
    yaml: importOf(yaml),
    json: importOf(json),
    all: () => timeOf(["import", all], { file: newFile() })
  })
  const watched = `${file}.watched`
  cpSync(file, watched)
  const target = { atMost: 2000 }
  return [
    ...started,
    { what: "hq status at 10,000 steps", unit: "ms", ...ofTimes(status), target: { atMost: 250 } },
    { what: "hq plan import of 10,000 steps, YAML", unit: "ms", ...ofTimes(imported.yaml), target },
    { what: "the same, JSON", unit: "ms", ...ofTimes(imported.json), target },
    { what: "hq import of an export with 10,000 steps", unit: "ms", ...ofTimes(imported.all), target },
    ...(await watch(watched)),
    ...(await work())
  ]
}
