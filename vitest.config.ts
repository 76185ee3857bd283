import { defineConfig } from "vitest/config"

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    setupFiles: ["test/support/setup.ts"],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // Tests start many real processes: more files at once only make them wait for each other.
    maxWorkers: 2,
    minWorkers: 1,
    coverage: {
      provider: "v8",
      include: ["src/**"],
      // Contracts without code, and the entry points, which only real processes run (test/process).
      exclude: ["src/main.ts", "src/command.ts", "src/index.ts"],
      reporter: ["text", "json-summary"],
      thresholds: {
        lines: 90,
        branches: 90,
        "src/domain/**": { lines: 100, branches: 100, functions: 100, statements: 100 }
      }
    }
  }
})
