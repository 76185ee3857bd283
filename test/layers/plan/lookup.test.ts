import { assert } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { cpuTime } from "../../support/cpuTime.ts"
import { hq, refused } from "../../support/hq.ts"
import { rows } from "../../support/rows.ts"
import { suite } from "../../support/storages.ts"

suite("a project that does not exist", (test) => {
  test(
    "is refused with at most three names that are near, the nearest first",
    Effect.gen(function* () {
      for (const name of ["shop-login", "shop-logins", "Shop_Logout", "shop-logon", "api", "ось"])
        yield* hq.create(name, { 1: [] })
      const missing = yield* refused(hq.getProject({ name: "SHOP-LOGIN" }))
      assert.deepStrictEqual(missing.nearest, ["shop-login", "shop-logins", "shop-logon"])
      assert.strictEqual(
        missing.message,
        'There is no project named "SHOP-LOGIN". Did you mean "shop-login" or "shop-logins" or "shop-logon"? Call list_projects to see the names.'
      )
      for (const call of [
        hq.answer({ project: "apx", agent_id: "a" }),
        hq.available({ project: "apx" }),
        hq.metrics({ project: "apx" }),
        hq.deleteProject({ name: "api1" })
      ]) {
        assert.deepInclude(yield* refused<unknown, { readonly message: string }, never>(call as never), {
          _tag: "NotFound",
          nearest: ["api"]
        })
      }
      assert.notProperty(yield* refused(hq.getProject({ name: "☃" })), "nearest")
    })
  )

  test(
    "is compared with some names, however many there are",
    Effect.gen(function* () {
      yield* rows(`
        WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n LIMIT 100000)
        INSERT INTO $projects (name, created_at, status, format) SELECT 'project-' || n, '1970', 'completed', 9 FROM n`)
      yield* hq.create("website-relaunch", { 1: [] })
      yield* rows("UPDATE $projects SET priority = -1 WHERE name = 'website-relaunch'")
      const begin = cpuTime()
      const missing = yield* refused(hq.getProject({ name: "website-relunch" }))
      const took = cpuTime() - begin
      assert.deepStrictEqual(missing.nearest, ["website-relaunch"])
      assert.isBelow(took, 250)
    })
  )
})
