import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { shownText } from "../../domain/Names.ts"
import { type ClientInfo, Session } from "../../services/Session.ts"
import { renewalInterval, Settings } from "../../services/Settings.ts"

/** Characters of what a client says of itself that are kept: other agents read them. */
const maxShown = 60

/** A session that begins with the layer. @param process what serves it; `id` must be another one for each session */
export const layer = (process: Pick<Session["Type"], "id" | "host" | "pid">): Layer.Layer<Session> =>
  Layer.effect(
    Session,
    Effect.gen(function* () {
      const interval = Duration.toMillis(renewalInterval(yield* Settings))
      const startedAt = yield* Clock.currentTimeMillis
      let client: ClientInfo | undefined
      let lastSeen: number | undefined
      let awakeSince = startedAt
      let lastTick: number | undefined

      /** Notices that ticks are late. Without ticks nothing is known. */
      const noticeJump = (at: number) => {
        if (lastTick === undefined || Math.abs(at - lastTick) <= 2 * interval) return
        awakeSince = at
        lastTick = at
      }

      return Session.of({
        ...process,
        startedAt,
        introduce: (info) => {
          client = {
            name: shownText(info.name, maxShown),
            ...(info.version === undefined ? {} : { version: shownText(info.version, maxShown) })
          }
        },
        client: () => client,
        tick: (at) => {
          noticeJump(at)
          lastTick = at
        },
        isWaking: (at) => {
          noticeJump(at)
          return at - awakeSince < interval
        },
        seen: (at) => {
          lastSeen = at
        },
        lastSeen: () => lastSeen
      })
    })
  )
