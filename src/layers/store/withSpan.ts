import * as Context from "effect/Context"
import * as DefaultServices from "effect/DefaultServices"
import * as Effect from "effect/Effect"
import * as Tracer from "effect/Tracer"

const silent = Context.get(DefaultServices.liveServices, Tracer.Tracer)

/**
 * Gives a public method a span of that name if the host has a tracer. Otherwise it has none, because a span costs as much as a statement.
 */
export const withSpan =
  (name: string) =>
  <Arguments extends ReadonlyArray<unknown>, A, E, R>(method: (...args: Arguments) => Effect.Effect<A, E, R>) =>
  (...args: Arguments): Effect.Effect<A, E, R> =>
    Effect.withFiberRuntime((fiber) => {
      const isSeen = Context.get(fiber.currentDefaultServices, Tracer.Tracer) !== silent
      return isSeen ? Effect.withSpan(method(...args), name, { captureStackTrace: false }) : method(...args)
    })
