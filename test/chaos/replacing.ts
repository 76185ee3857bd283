import assert from "node:assert/strict"
import { Unanswered } from "../support/client.ts"
import type { ServerProcess } from "../support/server.ts"
import type { World } from "../support/world.ts"

/**
 * Has every server make so many calls, one after the other; one that is killed before it answers is replaced.
 *
 * @param disturb goes on beside the calls, until told that they are over
 */
export const replacing = async (
  world: World,
  servers: Array<ServerProcess>,
  calls: number,
  call: (server: ServerProcess, at: number, made: number) => Promise<void>,
  disturb: (isOver: () => boolean) => Promise<void>
): Promise<void> => {
  let isOver = false
  const disturbed = disturb(() => isOver)
  await Promise.all(
    servers.map(async (_, at) => {
      for (let made = 0; made < calls; made++) {
        try {
          await call(servers[at] as ServerProcess, at, made)
        } catch (error) {
          if (!(error instanceof Unanswered)) throw error
          assert.equal(await servers[at]?.ended, "SIGKILL", error.message)
          servers[at] = world.start()
        }
      }
    })
  ).finally(() => {
    isOver = true
  })
  await disturbed
}
