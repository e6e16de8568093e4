import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

export default defineConfig({
  resolve: { alias: { "@": fileURLToPath(new URL("./src", import.meta.url)) } },
  test: {
    // Ends a stuck test; on a busy machine, the duration of a good one means nothing.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    teardownTimeout: 10_000,
    maxWorkers: 2,
    // On two cores, threads take two thirds of the time that processes take.
    pool: "threads",
    reporters: ["default", "json"],
    outputFile: { json: "../build/test-reports/vitest.json" },
    projects: [
      {
        extends: true,
        test: {
          name: "code",
          include: ["{src,server,walls}/**/*.test.ts"],
          environment: "node",
          // They leave nothing behind, and take a third of the time without fresh modules.
          isolate: false,
        },
      },
      {
        extends: true,
        test: {
          name: "pages",
          include: ["src/**/*.test.tsx"],
          environment: "jsdom",
          setupFiles: ["src/testing/network.ts"],
        },
      },
    ],
  },
});
