// @ts-check
/** Chromium, signed in, with a simulated hand on its mouse. */
import os from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { chromium } from "@playwright/test";

const VIEWPORT = { width: 1440, height: 900 };
/** The duration of one round of counting frames. */
export const SECONDS = 4;
/** Moves per second: more than frames, so that each frame has something new; but not many more,
 * because the machine has to generate them, too. */
const RATE = 80;
const TURN_STEPS = 16;

/** @typedef {import("@playwright/test").Page} Page */

/**
 * @typedef {object} Bench
 * @property {import("./system.mjs").System} system
 * @property {number} rounds
 * @property {number} leads
 * @property {import("./figure.mjs").Conditions} conditions
 * @property {() => Promise<import("@playwright/test").BrowserContext>} context signed in, and with
 * an empty cache
 * @property {() => Promise<void>} close
 */

/**
 * @param {Pick<Bench, "system" | "rounds" | "leads">} given
 * @returns {Promise<Bench>}
 */
export async function openBrowser(given) {
  const { system } = given;
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  });
  const cores = os.cpus();
  const conditions = {
    machine: `${cores.length} × ${cores[0]?.model.trim() ?? "unknown"}, load ${loadNow()} before`,
    browser: `Chromium ${browser.version()}, headless, ${VIEWPORT.width} × ${VIEWPORT.height}, drawn without a graphics card`,
    system: "the system of `make run` and the driver of the browser on the same machine",
    rounds: `${given.rounds}, ${SECONDS} s each where frames are counted`,
  };
  return {
    ...given,
    conditions,
    context: async () => {
      const context = await browser.newContext({ viewport: VIEWPORT, baseURL: system.url });
      const answer = await context.request.post("/api/v1/session", {
        data: { token: system.token },
        headers: { "X-EmailBuilder": "1" },
      });
      if (!answer.ok()) {
        throw new Error(`signing in: ${answer.status()} ${await answer.text()}`);
      }
      return context;
    },
    close: () => browser.close(),
  };
}

/**
 * Acts like a hand: calls `act` `RATE` times a second for SECONDS, whether or not the page keeps
 * up.
 *
 * @param {(step: number) => Promise<unknown>} act
 */
export async function steadily(act) {
  const began = Date.now();
  /** @type {Promise<unknown>[]} */
  const under = [];
  for (let step = 0; step < SECONDS * RATE; step += 1) {
    under.push(act(step));
    const dueMs = began + ((step + 1) * 1000) / RATE - Date.now();
    await sleep(Math.max(0, dueMs));
  }
  await Promise.all(under);
}

/**
 * Moves the pressed mouse in a circle.
 *
 * @param {Page} page
 * @param {{ x: number, y: number }} from
 * @param {number} reach
 */
export async function sweep(page, from, reach) {
  await page.mouse.move(from.x, from.y);
  await page.mouse.down();
  await steadily((step) => {
    const turn = step / TURN_STEPS;
    const [x, y] = [from.x + reach * Math.sin(turn), from.y + reach * Math.cos(turn)];
    return page.mouse.move(x, y);
  });
  await page.mouse.up();
}

/** How many programs wanted a processor over the last minute, including the bench's own. */
export function loadNow() {
  return (os.loadavg()[0] ?? 0).toFixed(1);
}
