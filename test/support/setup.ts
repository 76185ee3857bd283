import * as fc from "effect/FastCheck"
import { afterAll } from "vitest"
import { cleanUp } from "./cleanup.ts"

// Property tests play the same cases at every commit; HQ_SEED=n plays others.
fc.configureGlobal({ seed: Number(process.env.HQ_SEED ?? 1) })

afterAll(cleanUp)
