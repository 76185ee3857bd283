import { mkdirSync, mkdtempSync, rmSync, statfsSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"

const names = new Map([
  [0xef53, "ext4"],
  [0x58465342, "xfs"],
  [0x9123683e, "btrfs"],
  [0x2fc12fc1, "zfs"],
  [0x794c7630, "overlay"],
  [0x1a, "apfs"],
  [0x01021994, "tmpfs"]
])

const typeOf = (folder: string): string => {
  const { type } = statfsSync(folder)
  return names.get(type) ?? `type 0x${type.toString(16)}`
}

/** Ignored by git, and on the disk that the project is on. */
const cache = fileURLToPath(new URL("../node_modules/.cache/hq-bench", import.meta.url))

const onDisk = (): string => {
  if (typeOf(tmpdir()) !== "tmpfs") return tmpdir()
  mkdirSync(cache, { recursive: true })
  if (typeOf(cache) === "tmpfs") throw new Error("set TMPDIR to a folder on a disk: durability costs nothing in memory")
  return cache
}

/** A folder on a disk, not in memory, for the files of one run; removed at the end. */
export const folder = mkdtempSync(join(onDisk(), "hq-bench-"))
process.on("exit", () => rmSync(folder, { recursive: true, force: true }))
// So that "exit" comes also then.
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(1))

export const filesystem = typeOf(folder)

let files = 0
export const newFile = (): string => join(folder, `${++files}.db`)
