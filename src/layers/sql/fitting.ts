/** Bytes that a value takes in a tool's result, which has it twice: as JSON, and as a text that holds that JSON. */
export const bytesOf = (value: unknown): number => {
  const json = JSON.stringify(value)
  return Buffer.byteLength(json) + Buffer.byteLength(JSON.stringify(json))
}

/** The first items, as far as they take no more than so many bytes in a tool's result. */
export const fitting = <A>(items: ReadonlyArray<A>, bytes: number): ReadonlyArray<A> => {
  let left = bytes
  const end = items.findIndex((item) => {
    left -= bytesOf(item)
    return left < 0
  })
  return end === -1 ? items : items.slice(0, end)
}

/** What was left out of a list, under the name that tells how much: nothing where it is whole. */
export const leftOut = <Name extends string>(name: Name, count: number): { readonly [N in Name]?: number } =>
  (count > 0 ? { [name]: count } : {}) as { readonly [N in Name]?: number }
