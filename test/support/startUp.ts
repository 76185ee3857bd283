import { assert } from "vitest"
import type { Start } from "./server.ts"
import { close, startSilent } from "./testServer.ts"

/** Starts a server that is expected to end by itself; one that serves nevertheless ends with its input. */
export const ended = async (db: string, env: Record<string, string | undefined> = {}, start: Start = {}) => {
  const server = startSilent(db, env, start)
  const code = await close(server)
  return { code, stderr: server.stderr(), stdout: server.stdout() }
}

/** Refused in one line on stderr that has these words, with exit code 1 and nothing on stdout. */
export const refuses = async (
  db: string,
  words: ReadonlyArray<string>,
  env: Record<string, string | undefined> = {},
  start: Start = {}
) => {
  const { code, stderr, stdout } = await ended(db, env, start)
  assert.match(stderr, /^hq: [^\n]+\n$/)
  for (const word of words) assert.include(stderr, word)
  assert.notMatch(stderr, /\n\s+at |SqlError|Fiber/)
  assert.strictEqual(code, 1)
  assert.strictEqual(stdout, "")
}
