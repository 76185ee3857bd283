/** A value that a statement is bound to. */
export type Parameter = string | number | null

/** A statement and the values that it is bound to. */
export interface Query {
  readonly statement: string
  readonly values: ReadonlyArray<Parameter>
}
