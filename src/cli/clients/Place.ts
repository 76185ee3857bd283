import { homedir } from "node:os"
import { resolve } from "node:path"
import * as Context from "effect/Context"

/** Where a command runs: what decides which configurations of clients it finds, and how they start hq. */
export class Place extends Context.Reference<Place>()("hq/cli/Place", {
  defaultValue: () => ({
    home: homedir(),
    folder: process.cwd(),
    environment: process.env as Readonly<Record<string, string | undefined>>,
    /** The Node.js binary, and the program that it runs. */
    program: [process.execPath, resolve(process.argv[1] ?? "hq")] as readonly [node: string, script: string]
  })
}) {}
