import type { Requests } from "../src/index.ts"

/** A step: its scope, its work and the numbers of the steps it depends on. Its own number is its position in the list. */
type Row = readonly [scope: string, work: string, ...dependsOn: ReadonlyArray<number>]

const rows: ReadonlyArray<Row> = [
  ["db", "catalog-schema"],
  ["db", "customer-schema"],
  ["db", "order-schema", 1, 2],
  ["db", "seed-data", 1, 2],
  ["auth", "password-hashing"],
  ["auth", "sessions", 2, 5],
  ["auth", "login-throttle", 6],
  ["auth", "roles", 6],
  ["auth", "password-reset", 6],
  ["api", "router"],
  ["api", "products", 1, 10],
  ["api", "search", 11],
  ["api", "customers", 2, 6, 10],
  ["api", "cart", 3, 11],
  ["api", "checkout", 8, 14],
  ["api", "payments", 15],
  ["api", "orders", 3, 15],
  ["api", "invoices", 17],
  ["api", "stock-levels", 11],
  ["ui", "design-tokens"],
  ["ui", "layout", 20],
  ["ui", "product-page", 11, 21],
  ["ui", "search-page", 12, 22],
  ["ui", "login-page", 6, 21],
  ["ui", "account-page", 13, 24],
  ["ui", "cart-page", 14, 22],
  ["ui", "checkout-page", 15, 26],
  ["ui", "order-history", 17, 25],
  ["ui", "stock-admin", 8, 19, 21],
  ["tests", "fixtures", 4],
  ["tests", "sign-in", 7, 9, 24, 30],
  ["tests", "catalog", 22, 23, 30],
  ["tests", "cart", 26, 30],
  ["tests", "checkout", 16, 27, 30],
  ["tests", "load", 12, 17, 30],
  ["docs", "setup-guide", 4, 10],
  ["docs", "api-reference", 12, 13, 17],
  ["docs", "payments-guide", 16],
  ["docs", "admin-manual", 29],
  ["docs", "release-notes", 18, 25, 28, 31, 32, 33, 34, 35]
]

export const project = "web-shop"

/** The input of create_project. */
export const plan = {
  name: project,
  base_commit: "9fceb02",
  steps: rows.map(([scope, work, ...depends_on], index) => ({
    step_num: index + 1,
    branch: `step${index + 1}/${scope}-${work}`,
    scope,
    depends_on
  }))
} satisfies Partial<Record<keyof Requests.CreateProject, unknown>>

export const names: ReadonlyArray<string> =
  "ada alan barbara dennis edsger grace katherine ken margaret radia tim tony".split(" ")
