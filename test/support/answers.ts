import { success } from "../../src/mcp/Result.ts"

/** The line on standard output that a tool's result makes. */
export const lineOf = (result: object): string => JSON.stringify({ jsonrpc: "2.0", id: 1, result: success(result) })

export const numbers = (steps: ReadonlyArray<{ readonly step_num: number }>): ReadonlyArray<number> =>
  steps.map(({ step_num }) => step_num)
