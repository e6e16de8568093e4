import { join } from "node:path";
import type { PlaywrightTestConfig } from "@playwright/test";
import base from "./playwright.config";

// Real Chromium in front of a team's stack, as docker-compose.yml has it: `make test-team`.
const port = Number(process.env.E2E_PORT ?? 18451);

const config: PlaywrightTestConfig = {
  ...base,
  testIgnore: [],
  testMatch: ["sign-in.spec.ts", "team.spec.ts"],
  outputDir: join(process.env.E2E_HOME ?? "", "traces"),
  use: { ...base.use, baseURL: `http://127.0.0.1:${port}` },
  webServer: {
    // `exec`: so that it is this program that is told to end, and not a shell.
    command: `cd .. && exec .venv/bin/python -m tests.team.served --port ${port}`,
    env: { API_TOKENS: "ebk_EndToEnd_0123456789abcdefghijklmnopqrstuvwxyzABCDEFG" },
    url: `http://127.0.0.1:${port}/app/sign-in`,
    timeout: 180_000,
    gracefulShutdown: { signal: "SIGTERM", timeout: 30_000 },
  },
};

export default config;
