import * as fc from "effect/FastCheck"
import { assert, describe, it } from "vitest"
import { type Dependency, tails } from "../../../src/domain/plan/CriticalPath.ts"
import { type TailChanges, type TailRow, tailChanges } from "../../../src/domain/plan/TailChanges.ts"
import { cpuTime } from "../../support/cpuTime.ts"

interface Stored {
  minutes: number
  tail: number
  readonly dependencies: Set<number>
  readonly dependents: Set<number>
}

/** Stands for the tables: steps with their tails as of the last `revise`. */
class Plan {
  readonly steps = new Map<number, Stored>()
  readonly edited = new Set<number>()
  /** Ids in the order in which they were asked for. */
  asked: Array<number> = []

  at(pick: number): number {
    return [...this.steps.keys()][pick % this.steps.size] as number
  }

  get(id: number): Stored {
    return this.steps.get(id) as Stored
  }

  add(minutes: number): number {
    const id = Math.max(0, ...this.steps.keys()) + 1
    this.steps.set(id, { minutes, tail: 0, dependencies: new Set(), dependents: new Set() })
    this.edited.add(id)
    return id
  }

  remove(id: number): void {
    for (const needed of this.get(id).dependencies) this.unlink(id, needed)
    for (const dependent of this.get(id).dependents) this.unlink(dependent, id)
    this.steps.delete(id)
    this.edited.delete(id)
  }

  weigh(id: number, minutes: number): void {
    this.get(id).minutes = minutes
    this.edited.add(id)
  }

  link(id: number, needed: number): void {
    this.get(id).dependencies.add(needed)
    this.get(needed).dependents.add(id)
    this.edited.add(needed)
  }

  unlink(id: number, needed: number): void {
    this.get(id).dependencies.delete(needed)
    this.get(needed).dependents.delete(id)
    this.edited.add(needed)
  }

  /** Whether a chain of dependencies leads from one step to the other. */
  leads(from: number, to: number): boolean {
    return from === to || [...this.get(from).dependencies].some((needed) => this.leads(needed, to))
  }

  row(id: number): TailRow {
    const { tail, minutes, dependencies, dependents } = this.get(id)
    return {
      id,
      tail,
      weight: minutes,
      dependencies: [...dependencies],
      dependents: [...dependents].map((dependent) => ({ id: dependent, tail: this.get(dependent).tail }))
    }
  }

  revise(): TailChanges {
    const changes = tailChanges(this.edited)
    this.asked = []
    let asked = changes.next()
    while (!asked.done) {
      this.asked.push(...asked.value)
      asked = changes.next(asked.value.filter((id) => this.steps.has(id)).map((id) => this.row(id)))
    }
    for (const [id, tail] of asked.value.tails) this.get(id).tail = tail
    return asked.value
  }

  fromScratch(): ReadonlyMap<number, number> {
    const steps = [...this.steps].map(([id, { minutes }]) => ({ id, estimate_minutes: minutes }))
    const dependencies = [...this.steps].flatMap(([step_id, stored]) =>
      [...stored.dependencies].map((depends_on_step_id): Dependency => ({ step_id, depends_on_step_id }))
    )
    return tails(steps, dependencies)
  }

  get tails(): ReadonlyMap<number, number> {
    return new Map([...this.steps].map(([id, { tail }]) => [id, tail]))
  }
}

const pick = fc.nat({ max: 1_000 })
const edit = fc.oneof(
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("add" as const), a: pick, b: pick, minutes: pick }) },
  fc.record({
    kind: fc.constantFrom("weigh", "link", "link", "unlink", "remove"),
    a: pick,
    b: pick,
    minutes: pick
  })
)
type Edit = typeof edit extends fc.Arbitrary<infer Value> ? Value : never

/** @param isSound whether links that close a cycle are left out */
const apply = (plan: Plan, { kind, a, b, minutes }: Edit, isSound: boolean): void => {
  const link = (id: number, needed: number) => {
    if (id !== needed && !(isSound && plan.leads(needed, id))) plan.link(id, needed)
  }
  if (kind === "add" || plan.steps.size < 2) {
    const [one, other] = plan.steps.size === 0 ? [] : [plan.at(a), plan.at(b)]
    const id = plan.add((minutes % 9) + 1)
    if (one !== undefined && a % 3 > 0) link(id, one)
    if (other !== undefined && b % 3 > 0) link(other, id)
    return
  }
  const id = plan.at(a)
  if (kind === "weigh") plan.weigh(id, (minutes % 30) + 1)
  else if (kind === "link") link(id, plan.at(b))
  else if (kind === "remove" && minutes % 4 === 0) plan.remove(id)
  else for (const needed of plan.get(id).dependencies) if (needed % 2 === b % 2) plan.unlink(id, needed)
}

describe("tailChanges", () => {
  it("asks for nothing where nothing was edited", () => {
    const plan = new Plan()
    assert.deepStrictEqual(plan.revise(), { tails: new Map(), infinite: [] })
    assert.isEmpty(plan.asked)
  })

  it("asks no further than tails change", () => {
    const plan = new Plan()
    for (const minutes of [1, 2, 3, 9]) plan.add(minutes)
    plan.link(2, 1)
    plan.link(3, 2)
    plan.link(4, 1)
    assert.deepStrictEqual([...plan.revise().tails].toSorted(), [
      [1, 10],
      [2, 5],
      [3, 3],
      [4, 9]
    ])
    plan.edited.clear()
    // The other way from step 1 is longer still.
    plan.weigh(3, 5)
    assert.deepStrictEqual(
      [...plan.revise().tails],
      [
        [3, 5],
        [2, 7]
      ]
    )
    assert.deepStrictEqual(plan.asked, [3, 2, 1])
    plan.edited.clear()
    plan.weigh(3, 5)
    assert.deepStrictEqual(plan.revise().tails, new Map())
    assert.deepStrictEqual(plan.asked, [3])
  })

  it("passes over steps that are gone", () => {
    const changes = tailChanges([1, 2])
    assert.deepStrictEqual(changes.next().value, [1, 2])
    const row = { id: 2, tail: 0, weight: 4, dependencies: [1, 3], dependents: [] }
    assert.deepStrictEqual(changes.next([row]), { done: false, value: [3] })
    assert.deepStrictEqual(changes.next([]), { done: true, value: { tails: new Map([[2, 4]]), infinite: [] } })
  })

  it("names the steps of a cycle, and those that it waits for", () => {
    const plan = new Plan()
    for (const minutes of [1, 1, 1, 1]) plan.add(minutes)
    plan.link(2, 1)
    plan.link(3, 2)
    plan.link(4, 3)
    plan.revise()
    plan.edited.clear()
    plan.link(2, 3)
    assert.deepStrictEqual([...plan.revise().infinite].toSorted(), [1, 2, 3])
  })

  const edits = fc.array(fc.array(edit, { minLength: 1, maxLength: 6 }), { minLength: 1, maxLength: 25 })

  it("after any edits gives the tails of the whole plan, and asks only where they change", () => {
    fc.assert(
      fc.property(edits, (all) => {
        const plan = new Plan()
        for (const some of all) {
          for (const one of some) apply(plan, one, true)
          const { tails, infinite } = plan.revise()
          assert.isEmpty(infinite)
          assert.deepStrictEqual(plan.tails, plan.fromScratch())
          const near = [...tails.keys()].flatMap((id) => [id, ...plan.get(id).dependencies])
          assert.strictEqual(new Set(plan.asked).size, plan.asked.length)
          assert.isEmpty(plan.asked.filter((id) => !plan.edited.has(id) && !near.includes(id)))
          plan.edited.clear()
        }
      }),
      { numRuns: 300 }
    )
  })

  it("tells the endless steps of any graph, and the tails of the others", () => {
    fc.assert(
      fc.property(edits, (all) => {
        const plan = new Plan()
        for (const some of all) for (const one of some) apply(plan, one, false)
        const { infinite } = plan.revise()
        // From scratch, a step has a tail of 0 for one of two reasons.
        const expected = plan.fromScratch()
        for (const [id, tail] of expected) {
          if (infinite.includes(id)) assert.strictEqual(tail, 0)
          else assert.strictEqual(plan.get(id).tail, tail)
        }
        assert.lengthOf(infinite, [...expected].filter(([, tail]) => tail === 0).length)
      }),
      { numRuns: 300 }
    )
  })

  it("goes through a chain once, though there are two ways at every step", () => {
    const plan = new Plan()
    const length = 5_000
    for (let id = 1; id <= length; id++) {
      plan.steps.set(id, { minutes: 1, tail: 0, dependencies: new Set(), dependents: new Set() })
      plan.edited.add(id)
      if (id > 1) plan.link(id, id - 1)
      if (id > 2) plan.link(id, id - 2)
    }
    plan.revise()
    assert.strictEqual(plan.get(1).tail, length)
    plan.edited.clear()
    plan.weigh(length, 100)
    const since = cpuTime()
    plan.revise()
    assert.isBelow(cpuTime() - since, 2_000)
    assert.strictEqual(plan.get(1).tail, length + 99)
    assert.lengthOf(plan.asked, length)
  })
})
