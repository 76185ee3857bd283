import { randomUUID } from "node:crypto"
import { hostname } from "node:os"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { type ClientInfo, Session } from "../../services/Session.ts"

/** A session of this process that begins with the layer. */
export const layer: Layer.Layer<Session> = Layer.effect(
  Session,
  Effect.map(Clock.currentTimeMillis, (startedAt) => {
    let client: ClientInfo | undefined
    let lastSeen: number | undefined
    return Session.of({
      id: randomUUID(),
      host: hostname(),
      pid: process.pid,
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
