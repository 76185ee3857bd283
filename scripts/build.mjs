import { execFileSync } from "node:child_process"
import { chmodSync, rmSync } from "node:fs"
import { build } from "esbuild"

rmSync("dist", { recursive: true, force: true })

// The library: plain ESM with types.
execFileSync("npx", ["tsc", "-p", "tsconfig.build.json"], { stdio: "inherit" })

// The server: one file that starts fast; only the native driver stays outside.
await build({
  entryPoints: ["src/main.ts"],
  outfile: "dist/hq.mjs",
  bundle: true,
  platform: "node",
  target: "node20",
  format: "esm",
  external: ["better-sqlite3"],
  minifySyntax: true,
  minifyWhitespace: true,
  legalComments: "none",
  logLevel: "warning",
  banner: {
    js: 'import { createRequire as hqRequire } from "node:module"; const require = hqRequire(import.meta.url);'
  }
})
chmodSync("dist/hq.mjs", 0o755)
