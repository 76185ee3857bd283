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

/** A folder that git ignores, on the same disk as the project. */
const cache = fileURLToPath(new URL("../node_modules/.cache/hq-bench", import.meta.url))

const onDisk = (): string => {
  if (typeOf(tmpdir()) !== "tmpfs") return tmpdir()
  mkdirSync(cache, { recursive: true })
  if (typeOf(cache) === "tmpfs")
    throw new Error("set TMPDIR to a folder on a disk, because a durable write costs nothing in memory")
  return cache
}

/** A folder for the files of one run, on a disk and not in memory. It is removed at exit. */
export const folder = mkdtempSync(join(onDisk(), "hq-bench-"))
process.on("exit", () => rmSync(folder, { recursive: true, force: true }))
// Without these handlers, a signal ends the process without "exit".
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(1))

export const filesystem = typeOf(folder)

let files = 0
export const newFile = (): string => join(folder, `${++files}.db`)
