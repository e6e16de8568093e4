/**
 * How smooth the canvas is: 500 nodes panned and dragged, 200 nodes under a live update a second.
 *
 * Against a running system with the interface built: `node scripts/canvas-fps.mjs URL TOKEN`.
 * Prints one JSON line a measurement: frames a second, as the page's own animation frames came.
 */
import { chromium } from "@playwright/test";

const [, , url = "http://127.0.0.1:8000", token = ""] = process.argv;
const SECONDS = 4;
const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };

async function api(path, method = "GET", body) {
  const answer = await fetch(`${url}/api/v1${path}`, {
    method,
    headers,
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
  if (!answer.ok) {
    throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
  }
  return answer.json();
}

/** A ladder of conditions: each asks, waits on both sides, and the sides meet again. */
function flow(count) {
  const nodes = [{ id: "start", type: "start" }];
  const connections = [];
  let last = ["start", "next"];
  const lead = (to) => {
    connections.push({ from_node: last[0], from_port: last[1], to_node: to });
  };
  for (let round = 0; nodes.length + 4 <= count; round += 1) {
    const [asks, yes, no, meet] = ["c", "y", "n", "m"].map((it) => `${it}${round}`);
    nodes.push({
      id: asks,
      type: "condition",
      configuration: { mode: "attributes", rules: [{ attribute: "plan", operator: "exists" }] },
    });
    for (const id of [yes, no, meet]) {
      nodes.push({ id, type: "wait", configuration: { amount: 1, unit: "hours" } });
    }
    lead(asks);
    connections.push({ from_node: asks, from_port: "yes", to_node: yes });
    connections.push({ from_node: asks, from_port: "no", to_node: no });
    connections.push({ from_node: yes, to_node: meet }, { from_node: no, to_node: meet });
    last = [meet, "next"];
  }
  return { nodes, connections };
}

/** Frames a second while `act` goes on. */
async function fps(page, act) {
  await page.evaluate(() => {
    window.frames_ = 0;
    const count = () => {
      window.frames_ += 1;
      window.counting_ = requestAnimationFrame(count);
    };
    window.began_ = performance.now();
    count();
  });
  await act();
  return page.evaluate(() => {
    cancelAnimationFrame(window.counting_);
    return Math.round((window.frames_ * 1000) / (performance.now() - window.began_));
  });
}

async function sweep(page, from, reach) {
  const end = Date.now() + SECONDS * 1000;
  await page.mouse.move(from.x, from.y);
  await page.mouse.down();
  for (let step = 0; Date.now() < end; step += 1) {
    const turn = step / 12;
    await page.mouse.move(from.x + reach * Math.sin(turn), from.y + reach * Math.cos(turn));
    await page.evaluate(() => new Promise(requestAnimationFrame));
  }
  await page.mouse.up();
}

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
});
const context = await browser.newContext({
  viewport: { width: 1440, height: 900 },
  extraHTTPHeaders: { authorization: `Bearer ${token}` },
});
const page = await context.newPage();

async function open(id) {
  await page.goto(`${url}/app/campaigns/${id}`);
  await page.waitForSelector("[data-card=start]");
  // A canvas without its edges would be quick.
  await page.waitForTimeout(1000);
  const edges = await page.locator(".react-flow__edge-path").count();
  if (edges < 150) {
    throw new Error(`only ${edges} edges are drawn`);
  }
  await page.keyboard.press("1");
  await page.waitForTimeout(1500);
}

const big = await api("/campaigns", "POST", { name: "500 nodes", ...flow(500) });
await open(big.campaign_id);
const said = (what, value) => console.log(JSON.stringify({ what, fps: value }));
said("pan, 500 nodes, all in sight", await fps(page, () => sweep(page, { x: 1200, y: 300 }, 120)));
await page.keyboard.press("0");
await page.waitForTimeout(500);
const card = await page.locator("[data-card]").first().boundingBox();
await page.evaluate(() => document.querySelector("[data-card=m60]")?.scrollIntoView());
said("pan, 500 nodes, full size", await fps(page, () => sweep(page, { x: 1200, y: 300 }, 120)));
await page.keyboard.press("1");
await page.waitForTimeout(800);
const middle = (await page.locator("[data-card=m60]").boundingBox()) ?? card;
const at = { x: middle.x + middle.width / 2, y: middle.y + middle.height / 2 };
said("drag a node of 500", await fps(page, () => sweep(page, at, 60)));

const contacts = Array.from({ length: 500 }, (_, place) => ({
  email: `fps-${Date.now()}-${place}@example.com`,
  plan: "pro",
}));
const live = await api("/campaigns", "POST", {
  name: "200 nodes live",
  ...flow(200),
  contacts,
  launch: true,
});
await open(live.campaign_id);
said("live view, 200 nodes, at rest", await fps(page, () => page.waitForTimeout(SECONDS * 1000)));
said("live view, 200 nodes, panned", await fps(page, () => sweep(page, { x: 1200, y: 400 }, 120)));
await browser.close();
