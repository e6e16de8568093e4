import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

export default defineConfig({
  resolve: { alias: { "@": fileURLToPath(new URL("./src", import.meta.url)) } },
  test: {
    // A stuck test ends by this; how long a good one takes says nothing on a busy machine.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    teardownTimeout: 10_000,
    maxWorkers: 2,
    // Measured on two cores: threads take two thirds of the time that processes take.
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
          // They leave nothing behind, and a third of the time is enough without fresh modules.
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
