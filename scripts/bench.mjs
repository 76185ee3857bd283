import { readFileSync } from "node:fs"
import { fileURLToPath, pathToFileURL } from "node:url"
import { build } from "esbuild"

/*
 * Runs bench/main.ts as its users' bundlers would hand it to Node. Loaders that compile on the fly wrap every function to keep its name,
 * which takes longer than much of what is measured.
 */

const main = fileURLToPath(new URL("../node_modules/.cache/hq-bench/main.mjs", import.meta.url))

await build({
  entryPoints: ["bench/main.ts"],
  outfile: main,
  bundle: true,
  packages: "external",
  platform: "node",
  format: "esm",
  logLevel: "warning",
  plugins: [
    {
      // Files that look for others beside them still find them.
      name: "own urls",
      setup: ({ onLoad }) =>
        onLoad({ filter: /\.ts$/ }, ({ path }) => ({
          loader: "ts",
          contents: readFileSync(path, "utf8").replaceAll("import.meta.url", JSON.stringify(pathToFileURL(path).href))
        }))
    }
  ]
})
await import(pathToFileURL(main))
