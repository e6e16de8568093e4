import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

export default defineConfig({
  resolve: { alias: { "@": fileURLToPath(new URL("./src", import.meta.url)) } },
  test: {
    // A stuck test ends by this; how long a good one takes says nothing on a busy machine.
    testTimeout: 60_000,
    projects: [
      {
        extends: true,
        test: { name: "code", include: ["{src,server,walls}/**/*.test.ts"], environment: "node" },
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
