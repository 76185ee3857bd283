import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { type ClientInfo, Session } from "../../services/Session.ts"

/** A session that begins with the layer. @param process what serves it; `id` must be another one for each session */
export const layer = (process: Pick<Session["Type"], "id" | "host" | "pid">): Layer.Layer<Session> =>
  Layer.effect(
    Session,
    Effect.map(Clock.currentTimeMillis, (startedAt) => {
      let client: ClientInfo | undefined
      let lastSeen: number | undefined
      return Session.of({
        ...process,
        startedAt,
        introduce: (info) => {
          client = info
        },
        client: () => client,
        seen: (at) => {
          lastSeen = at
        },
        lastSeen: () => lastSeen
      })
    })
  )
