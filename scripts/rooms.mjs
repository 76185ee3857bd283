import { readFileSync } from "node:fs"
import { dirname, relative } from "node:path"
import { cruise } from "dependency-cruiser"
import config from "../.dependency-cruiser.mjs"

/*
 * Prints the rooms, which are the folders of src: files, lines, share of src, and how many imports lead to which other room. Exits with 1
 * if a room is above a fifth of src or if rooms import each other in a circle, a room and the room around it included.
 */

const largestShare = 0.2

const roomOf = (file) => relative("src", dirname(file)) || "(root)"

const { output } = await cruise(["src"], config.options)
const rooms = new Map()
for (const { dependencies, source } of output.modules.toSorted((a, b) => (a.source < b.source ? -1 : 1))) {
  if (!source.startsWith("src/")) continue
  const name = roomOf(source)
  const room = rooms.get(name) ?? { files: 0, lines: 0, imports: new Map() }
  room.files++
  room.lines += readFileSync(source, "utf8").split("\n").length - 1
  for (const { resolved } of dependencies) {
    const imported = roomOf(resolved)
    if (!resolved.startsWith("src/") || imported === name) continue
    room.imports.set(imported, (room.imports.get(imported) ?? 0) + 1)
  }
  rooms.set(name, room)
}

const leadsFrom = (name) => [...rooms.get(name).imports.keys()]

/** The first circle that the walk from the last of these rooms meets. */
const circleFrom = (walk, done) => {
  const name = walk.at(-1)
  for (const next of leadsFrom(name)) {
    if (walk.includes(next)) return [...walk.slice(walk.indexOf(next)), next]
    const circle = done.has(next) ? undefined : circleFrom([...walk, next], done)
    if (circle !== undefined) return circle
  }
  done.add(name)
  return undefined
}

const total = [...rooms.values()].reduce((sum, { lines }) => sum + lines, 0)
const percent = (lines) => `${((100 * lines) / total).toFixed(1)} %`
const row = (name, files, lines, share, imports) =>
  [name.padEnd(30), `${files}`.padStart(5), `${lines}`.padStart(6), share.padStart(7), `  ${imports}`].join(" ")

const names = [...rooms.keys()].sort()
const table = names.map((name) => {
  const { files, imports, lines } = rooms.get(name)
  const list = [...imports].sort().map(([other, count]) => `${other} ${count}`)
  return row(name, files, lines, percent(lines), list.join(", ") || "–")
})

const tooLarge = names.filter((name) => rooms.get(name).lines > largestShare * total)
const walked = new Set()
const circle = names.map((name) => (walked.has(name) ? undefined : circleFrom([name], walked))).find((found) => found)

const lines = [
  row("room", "files", "lines", "share", "imports"),
  ...table,
  "",
  tooLarge.length === 0 ? "No room is above a fifth of src." : `Above a fifth of src: ${tooLarge.join(", ")}.`,
  circle === undefined ? "No circle between rooms." : `A circle between rooms: ${circle.join(" → ")}.`
]
process.stdout.write(`${lines.join("\n")}\n`)
process.exitCode = tooLarge.length > 0 || circle !== undefined ? 1 : 0
