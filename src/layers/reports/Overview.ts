import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { Overview } from "../../services/Overview.ts"
import { goneAfter, Settings } from "../../services/Settings.ts"
import { fileOverlaps } from "../plan/fileOverlaps.ts"
import { lookup } from "../plan/lookup.ts"
import { Store, type Transaction } from "../store/Store.ts"
import { withSpan } from "../store/withSpan.ts"
import { agentsAtWork } from "./agentsAtWork.ts"
import { namedEvents } from "./namedEvents.ts"
import { statusReport } from "./statusReport.ts"

/** Overviews of hq's tables. */
export const layer: Layer.Layer<Overview, never, Store> = Layer.effect(
  Overview,
  Effect.gen(function* () {
    const store = yield* Store
    const settings = yield* Settings
    const { sql } = store
    const status = statusReport(sql)
    const { agents, queue } = agentsAtWork(sql)
    const events = namedEvents(sql)
    const find = lookup(sql)
    const { inProject } = fileOverlaps(sql)
    const options = (tx: Transaction) =>
      Effect.map(tx.now, (now) => ({
        now,
        goneBefore: now.ago(goneAfter(settings)),
        maxAttempts: settings.maxAttempts
      }))

    return Overview.of({
      status: withSpan("Overview.status")((request) =>
        store.read((tx) => Effect.flatMap(options(tx), (given) => status(tx, request, given)))
      ),
      agents: store.read((tx) => Effect.flatMap(options(tx), (given) => agents(tx, given))),
      queue: store.read((tx) => Effect.flatMap(tx.now, ({ at }) => queue(tx, at))),
      events: withSpan("Overview.events")((request) => store.read((tx) => events(tx, request))),
      overlaps: withSpan("Overview.overlaps")(({ project }) =>
        store.read((tx) => Effect.flatMap(find.project(tx, project), ({ id }) => inProject(tx, id)))
      )
    })
  })
)
