import { readFileSync } from "node:fs"
import { fileURLToPath, pathToFileURL } from "node:url"
import { build } from "esbuild"

/*
 * Bundles bench/main.ts and runs it. A loader such as tsx wraps each function to keep its name, and calling the wrapper takes longer
 * than many of the measured calls.
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
      // The bundle is in another folder, but the files must still find their neighbours.
      name: "original urls",
      setup: ({ onLoad }) =>
        onLoad({ filter: /\.ts$/ }, ({ path }) => ({
          loader: "ts",
          contents: readFileSync(path, "utf8").replaceAll("import.meta.url", JSON.stringify(pathToFileURL(path).href))
        }))
    }
  ]
})
await import(pathToFileURL(main))
