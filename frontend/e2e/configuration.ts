import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { PlaywrightTestConfig } from "@playwright/test";
import { slowness } from "./slowness";
import { TOKEN } from "./system";

interface System {
  /** The address of the interface, unless E2E_PORT gives another port. */
  port: number;
  /** How it is reached; its certificate need not be trusted. */
  scheme?: "http" | "https";
  /** The command that starts it there, with a folder for its data. */
  command: (port: number, home: string) => string;
  /** The address that answers once it is up. */
  ready: string;
  startSeconds: number;
  stopSeconds: number;
}

/** Real Chromium against a running system; `report` names the file with the durations. */
export function configurationOf(
  report: string,
  { port: usual, scheme = "http", command, ready, startSeconds, stopSeconds }: System,
): PlaywrightTestConfig {
  const port = Number(process.env.E2E_PORT ?? usual);
  const home = process.env.E2E_HOME ?? mkdtempSync(join(tmpdir(), "emailbuilder-e2e-"));
  const baseURL = `${scheme}://127.0.0.1:${port}`;
  const storageState = join(home, "signed-in.json");
  // The test workers read this file again and must find the same folder; `set-up.ts` does the rest.
  Object.assign(process.env, { E2E_HOME: home, E2E_URL: baseURL, E2E_SIGNED_IN: storageState });
  const factor = slowness();
  return {
    testDir: "e2e",
    globalSetup: "./e2e/set-up.ts",
    fullyParallel: true,
    workers: 2,
    timeout: 60_000 * factor,
    expect: { timeout: 10_000 * factor },
    forbidOnly: true,
    retries: 0,
    reporter: [["list"], ["json", { outputFile: `../build/test-reports/${report}.json` }]],
    outputDir: join(home, "traces"),
    use: {
      baseURL,
      ignoreHTTPSErrors: true,
      storageState,
      viewport: { width: 1440, height: 900 },
      // Without its pictures, which take a sixth of the processor time.
      trace: { mode: "retain-on-failure", screenshots: false },
      launchOptions: { executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium" },
    },
    webServer: {
      command: command(port, home),
      env: { API_TOKENS: TOKEN, SMTP_PORT: "0" },
      url: `${baseURL}${ready}`,
      ignoreHTTPSErrors: true,
      timeout: startSeconds * 1_000 * factor,
      gracefulShutdown: { signal: "SIGTERM", timeout: stopSeconds * 1_000 * factor },
    },
  };
}
