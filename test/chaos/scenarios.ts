import { clock } from "./clock.ts"
import { clockNemesis } from "./clockNemesis.ts"
import { disconnect } from "./disconnect.ts"
import { diskErrors } from "./diskErrors.ts"
import { diskFull } from "./diskFull.ts"
import { editors } from "./editors.ts"
import { editsAndClaims } from "./editsAndClaims.ts"
import { kill } from "./kill.ts"
import { killPoints } from "./killPoints.ts"
import { linearizability } from "./linearizability.ts"
import { pageLimit } from "./pageLimit.ts"
import { powerLoss } from "./powerLoss.ts"
import { asleep } from "./sleep.ts"
import { startTogether } from "./startTogether.ts"
import { stoppedWriter } from "./stoppedWriter.ts"
import { stuckAgent } from "./stuckAgent.ts"
import { versions } from "./versions.ts"
import { zombie } from "./zombie.ts"

/** What a scenario measured; `skipped` says why this system cannot play it. */
export type Figures = Readonly<Record<string, unknown>>

export interface Scenario {
  readonly name: string
  /** Small enough for every commit. Rejects where a promise was broken. */
  readonly ci: (seed: number) => Promise<Figures>
  /** As long as it takes to believe it. */
  readonly soak: (seed: number) => Promise<Figures>
}

const scenario = <Size extends object>(
  name: string,
  play: (parameters: Size & { readonly seed: number }) => Promise<Figures>,
  sizes: { readonly ci: Size; readonly soak: Size }
): Scenario => ({
  name,
  ci: (seed) => play({ ...sizes.ci, seed }),
  soak: (seed) => play({ ...sizes.soak, seed })
})

/** For scenarios that have but one size. */
const once = { ci: {}, soak: {} }

/** Everything that real processes are put through. */
export const scenarios: ReadonlyArray<Scenario> = [
  scenario("linearizability", linearizability, { ci: { rounds: 8, calls: 40 }, soak: { rounds: 150, calls: 60 } }),
  scenario("editors", editors, {
    ci: { rounds: 2, servers: 6, edits: 10, kills: false },
    soak: { rounds: 40, servers: 8, edits: 25, kills: false }
  }),
  scenario("editors and kill -9", editors, {
    ci: { rounds: 1, servers: 4, edits: 12, kills: true },
    soak: { rounds: 20, servers: 6, edits: 25, kills: true }
  }),
  scenario("edits and claims", editsAndClaims, { ci: { rounds: 2, calls: 20 }, soak: { rounds: 80, calls: 30 } }),
  scenario("kill -9", kill, { ci: { kills: 200, workers: 6 }, soak: { kills: 1000, workers: 6 } }),
  scenario("kill points", killPoints, { ci: { more: 4 }, soak: {} }),
  scenario("power loss", powerLoss, {
    ci: { others: 20, some: 1, served: 0.03 },
    soak: { others: 500, some: 8, served: 0.03 }
  }),
  scenario("disk errors", diskErrors, { ci: { works: 14, starts: 6 }, soak: { works: 500, starts: 200 } }),
  scenario("zombie and another agent", zombie, { ci: { holder: "other" }, soak: { holder: "other" } }),
  scenario("zombie and its own name", zombie, { ci: { holder: "zombie" }, soak: { holder: "zombie" } }),
  scenario("stuck agent", stuckAgent, once),
  scenario("disconnect", disconnect, once),
  scenario("stopped writer", stoppedWriter, { ci: { servers: 4 }, soak: { servers: 8 } }),
  scenario("disk full", diskFull, once),
  scenario("page limit", pageLimit, once),
  scenario("two versions", versions, once),
  scenario("clock", clock, { ci: { millis: 5000 }, soak: { millis: 120_000 } }),
  scenario("clock nemesis", clockNemesis, { ci: { rounds: 1, millis: 8000 }, soak: { rounds: 20, millis: 30_000 } }),
  scenario("a machine asleep", asleep, { ci: { nights: 3 }, soak: { nights: 24 } }),
  scenario("start together", startTogether, { ci: { rounds: 3, servers: 8 }, soak: { rounds: 100, servers: 8 } })
]
