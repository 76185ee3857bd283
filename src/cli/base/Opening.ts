import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"
import type { Coordination } from "../../services/Coordination.ts"
import type { DatabaseFile } from "../../services/DatabaseFile.ts"
import type { Worker } from "../../services/Worker.ts"
import type { CommandError } from "./failures.ts"

/** What a command can open. Nothing is opened for a command line that is wrong, nor for a command that does not ask for it. */
export class Opening extends Context.Tag("hq/cli/Opening")<
  Opening,
  {
    readonly store: Layer.Layer<Coordination | Worker, CommandError>
    /** The store's file as such, which may be damaged or missing. */
    readonly file: Layer.Layer<DatabaseFile, CommandError>
  }
>() {}

/** Runs the effect on the store, which is open as long as that takes. */
export const withStore = <A, E, R>(
  effect: Effect.Effect<A, E, R>
): Effect.Effect<A, E | CommandError, Exclude<R, Coordination | Worker> | Opening> =>
  Effect.flatMap(Opening, ({ store }) => Effect.provide(effect, store))

/** Runs the effect on the store's file. */
export const withFile = <A, E, R>(
  effect: Effect.Effect<A, E, R>
): Effect.Effect<A, E | CommandError, Exclude<R, DatabaseFile> | Opening> =>
  Effect.flatMap(Opening, ({ file }) => Effect.provide(effect, file))
