import { author, type Make, times } from "./author.ts"

/*
 * Plans with the shapes that people give to agents. Steps are numbered as an author would write them: subject by subject, with the final
 * steps last. Minutes are the time that an agent typically needs.
 */

/** Foundations, then schema, API, UI and test of each feature, then one integration after the other, then the release. */
const webApp =
  (features: number): Make =>
  (random) => {
    const { steps, write } = author(random)
    const setup = write(20, [])
    const database = write(30, [setup])
    const auth = write(60, [database])
    const design = write(60, [setup])
    const apis: Array<number> = []
    const tested = times(features, () => {
      const schema = write(15, [database])
      // Every other feature builds on an earlier one.
      const builtOn = apis.length > 0 && random.chance(0.5) ? [random.pick(apis)] : []
      const api = write(40, [schema, auth, ...builtOn])
      apis.push(api)
      const ui = write(50, [api, design])
      return write(25, [ui])
    })
    const integrated: Array<number> = []
    for (const test of tested) integrated.push(write(20, [test, ...integrated.slice(-1)]))
    const load = write(60, integrated.slice(-1))
    const security = write(60, integrated.slice(-1))
    const fixes = write(45, [load, security])
    const docs = write(30, integrated.slice(-1))
    write(20, [fixes, docs])
    return steps
  }

/** A codemod, then packages in layers of dependencies, then a chain up to the release. */
const monorepo =
  (packages: number, layers: number): Make =>
  (random) => {
    const { steps, write } = author(random)
    const tooling = write(30, [])
    const codemod = write(90, [tooling])
    let layer: ReadonlyArray<number> = [codemod]
    const all: Array<number> = []
    for (let depth = 0; depth < layers; depth++) {
      const before = layer
      layer = times(Math.ceil(packages / layers), () =>
        write(30, [codemod, ...times(random.int(1, 3), () => random.pick(before))])
      )
      all.push(...layer)
    }
    const built = write(30, all)
    const candidate = write(20, [built])
    const tried = write(120, [candidate])
    const notes = write(20, [built])
    write(15, [tried, notes])
    return steps
  }

/** One chain through the core, and small steps beside it. Some of them depend on a step of the chain. */
const refactoring =
  (length: number, small: number): Make =>
  (random) => {
    const { steps, write } = author(random)
    const core = [write(60, [])]
    // The author goes through the code file by file, so steps of the core are spread over the plan.
    times(small + length, () => {
      if (random.chance(length / (small + length))) core.push(write(45, core.slice(-1)))
      else write(15, random.chance(0.5) ? [random.pick(core)] : [])
    })
    write(30, core.slice(-1))
    return steps
  }

/** Endpoints are specified, ported, compared and moved. The data moves in a long chain. The old service is removed last. */
const rewrite =
  (endpoints: number): Make =>
  (random) => {
    const { steps, write } = author(random)
    const skeleton = write(60, [])
    const moved = times(endpoints, () => {
      const specified = write(20, [])
      const ported = write(45, [specified, skeleton])
      const compared = write(30, [ported])
      return write(10, [compared])
    })
    const model = write(60, [skeleton])
    const twice = write(60, [model])
    const filled = write(180, [twice])
    const verified = write(60, [filled])
    const read = write(30, [verified])
    const cutOver = write(30, [read, ...moved])
    write(30, [cutOver])
    return steps
  }

export const realPlans: Readonly<Record<string, ReadonlyArray<Make>>> = {
  "web app": [6, 15, 40, 200].map(webApp),
  monorepo: [monorepo(20, 3), monorepo(60, 4), monorepo(200, 5), monorepo(1000, 6)],
  refactoring: [refactoring(8, 60), refactoring(20, 120), refactoring(30, 300), refactoring(40, 1000)],
  "service rewrite": [6, 15, 40, 200].map(rewrite)
}
