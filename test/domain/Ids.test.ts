import type * as Schema from "effect/Schema"
import { assert, describe, it } from "vitest"
import {
  AgentId,
  Attempt,
  EventId,
  Limit,
  MaxHeld,
  Minutes,
  Priority,
  ProjectId,
  ProjectName,
  StepId,
  StepNum
} from "../../src/domain/Ids.ts"
import { outcome } from "../support/schema.ts"

const rowIds = { StepId, ProjectId, EventId, Attempt }
const largest = 2 ** 53 - 1

const numbers: ReadonlyArray<readonly [name: string, schema: Schema.Schema.AnyNoContext, max: number]> = [
  ...Object.entries(rowIds).map(([name, schema]) => [name, schema, largest] as const),
  ["StepNum", StepNum, 2 ** 31 - 1],
  ["Limit", Limit, 1_000],
  ["MaxHeld", MaxHeld, 1_000],
  ["Minutes", Minutes, 1_000_000]
]

describe.each(numbers)("%s", (_, schema, max) => {
  it.each([1, max])("takes %d", (value) => {
    assert.isUndefined(outcome(schema, value))
  })

  it.each([0, -1, max + 1])("refuses %d by its bounds", (value) => {
    assert.include(outcome(schema, value), `from 1 to ${max}`)
  })

  it("refuses a fraction", () => {
    assert.include(outcome(schema, 1.5), "must be a whole number")
  })

  it.each([Number.NaN, Number.POSITIVE_INFINITY])("refuses %d", (value) => {
    assert.include(outcome(schema, value), "must be")
  })

  it.each(["1", null, undefined, [1]])("refuses %j, which is no number", (value) => {
    assert.isDefined(outcome(schema, value))
  })
})

describe("Priority", () => {
  it("is a whole number, below 0 too", () => {
    for (const value of [-1_000_000, 0, 1_000_000]) assert.isUndefined(outcome(Priority, value))
    for (const value of [-1_000_001, 1_000_001]) assert.include(outcome(Priority, value), "from -1000000 to 1000000")
    assert.include(outcome(Priority, 0.5), "must be a whole number")
  })
})

describe.each(Object.entries({ AgentId, ProjectName }))("%s", (_, schema) => {
  it.each(["a", "agent-1", "Ägent 🙂", "x".repeat(200)])("takes %s", (value) => {
    assert.isUndefined(outcome(schema, value))
  })

  it.each(["", "  ", "x".repeat(201)])("refuses %j", (value) => {
    assert.isDefined(outcome(schema, value))
  })
})
