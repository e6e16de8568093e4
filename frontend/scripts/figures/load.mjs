// @ts-check
/** From the address to a canvas that responds, and the JavaScript that this takes. */
import { readFile } from "node:fs/promises";
import { ladder } from "./flows.mjs";

const KB_MAX = 400;
const SECONDS_MAX = 2;
/** After this long without a request, no more come by themselves. */
const QUIET_MS = 1500;

/** @param {import("./browser.mjs").Bench} bench */
export async function measureLoad(bench) {
  const { system, rounds } = bench;
  const small = await readFile(new URL("../../../local/demo/flow.json", import.meta.url), "utf8");
  const few = await system.api("/campaigns", JSON.parse(small));
  const flow = ladder(500, { amount: 1, unit: "hours" });
  const many = await system.api("/campaigns", { name: "500 nodes to load", ...flow });
  const found = { needed: [], all: [], cold: [], warm: [], large: [] };
  /** @type {Record<keyof typeof found, number[]>} */
  const values = found;
  for (let round = 0; round < rounds; round += 1) {
    const context = await bench.context();
    const page = await context.newPage();
    const scripts = await scriptsOf(page);
    const coldMs = await interactive(page, few.campaign_id);
    const origin = await page.evaluate(() => performance.timeOrigin);
    await quiet(page);
    values.cold.push(coldMs / 1000);
    values.needed.push(kb(scripts.filter((it) => it.beganAt <= origin + coldMs)));
    values.all.push(kb(scripts));
    values.warm.push((await interactive(page, few.campaign_id)) / 1000);
    values.large.push((await interactive(page, many.campaign_id)) / 1000);
    await context.close();
  }
  const part = "load";
  const bytes = { part, unit: "KB", wanted: KB_MAX, isAtMost: true };
  const seconds = { part, unit: "s", wanted: SECONDS_MAX, isAtMost: true };
  return [
    {
      ...bytes,
      name: "builder, JavaScript until interactive",
      values: values.needed,
      note: "gzip, as transferred, cache empty",
    },
    {
      ...bytes,
      name: "builder, with what is fetched ahead",
      values: values.all,
      note: "for the pages that links on it lead to",
    },
    {
      ...seconds,
      name: "builder, interactive, cache empty",
      values: values.cold,
      note: "from the address until a click on a node has opened its form",
    },
    { ...seconds, name: "builder, interactive, cache warm", values: values.warm },
    {
      ...seconds,
      name: `builder, interactive, ${flow.nodes.length} nodes`,
      values: values.large,
      note: "cache warm",
    },
  ];
}

/** @typedef {{ url: string, bytes: number, beganAt: number }} Script `beganAt`: ms since 1970 */

/** @param {readonly Script[]} scripts */
function kb(scripts) {
  return scripts.reduce((sum, it) => sum + it.bytes, 0) / 1000;
}

/**
 * Scripts as transferred: their bytes are those of the network, including headers.
 *
 * @param {import("@playwright/test").Page} page
 */
async function scriptsOf(page) {
  /** @type {Script[]} */
  const scripts = [];
  /** @type {Map<string, { url: string, beganAt: number }>} */
  const asked = new Map();
  const session = await page.context().newCDPSession(page);
  await session.send("Network.enable");
  session.on("Network.requestWillBeSent", ({ requestId, request, type, wallTime }) => {
    if (type === "Script" || new URL(request.url).pathname.endsWith(".js")) {
      asked.set(requestId, { url: request.url, beganAt: wallTime * 1000 });
    }
  });
  session.on("Network.loadingFinished", ({ requestId, encodedDataLength }) => {
    const script = asked.get(requestId);
    if (script && encodedDataLength > 0) {
      scripts.push({ ...script, bytes: encodedDataLength });
    }
  });
  return scripts;
}

/**
 * Ms from the start of the navigation until a click on the start has opened its form.
 *
 * @param {import("@playwright/test").Page} page
 * @param {string} id
 * @returns {Promise<number>}
 */
async function interactive(page, id) {
  await page.goto("about:blank");
  await page.goto(`/app/campaigns/${id}`, { waitUntil: "commit" });
  const card = page.locator("[data-card=start]");
  const form = page.locator("aside[aria-label=Inspector]");
  await card.waitFor();
  /** @type {Promise<number>} */
  const opened = page.evaluate(
    () =>
      new Promise((resolve) => {
        const look = () => {
          if (document.querySelector("aside[aria-label=Inspector]")) {
            resolve(performance.now());
          } else {
            requestAnimationFrame(look);
          }
        };
        look();
      }),
  );
  while (!(await form.isVisible())) {
    const box = await card.boundingBox();
    if (box) {
      await page.mouse.click(box.x + box.width / 2, box.y + box.height / 2);
    }
    await page.evaluate(() => new Promise(requestAnimationFrame));
  }
  return opened;
}

/** @param {import("@playwright/test").Page} page */
async function quiet(page) {
  let last = Date.now();
  const touch = () => {
    last = Date.now();
  };
  page.on("request", touch);
  page.on("requestfinished", touch);
  while (Date.now() - last < QUIET_MS) {
    await page.waitForTimeout(100);
  }
  page.off("request", touch);
  page.off("requestfinished", touch);
}
