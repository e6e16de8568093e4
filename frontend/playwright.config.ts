import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { defineConfig } from "@playwright/test";

// Real Chromium against the real system of `make run`, in a folder of its own.
const port = Number(process.env.E2E_PORT ?? 18431);
const home = process.env.E2E_HOME ?? mkdtempSync(join(tmpdir(), "emailbuilder-e2e-"));
// The workers of the tests read this file again: they must find the same folder.
process.env.E2E_HOME = home;

export default defineConfig({
  testDir: "e2e",
  testIgnore: "team.spec.ts",
  workers: 1,
  timeout: 60_000,
  expect: { timeout: 10_000 },
  forbidOnly: true,
  retries: 0,
  reporter: [["list"]],
  outputDir: join(home, "traces"),
  use: {
    baseURL: `http://127.0.0.1:${port}`,
    viewport: { width: 1440, height: 900 },
    trace: "retain-on-failure",
    launchOptions: { executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium" },
  },
  webServer: {
    command: `../.venv/bin/python -m local.cli up --port ${port} --home ${home}/system`,
    env: { API_TOKENS: "ebk_EndToEnd_0123456789abcdefghijklmnopqrstuvwxyzABCDEFG", SMTP_PORT: "0" },
    url: `http://127.0.0.1:${port}/health/ready`,
    timeout: 60_000,
    gracefulShutdown: { signal: "SIGTERM", timeout: 15_000 },
  },
});
