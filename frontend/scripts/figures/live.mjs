// @ts-check
/** 200 nodes with leads walking through them: counts change with every poll, once a second. */
import { SECONDS, sweep } from "./browser.mjs";
import { look, openFlow } from "./canvas.mjs";
import { ladder } from "./flows.mjs";
import { framesOf } from "./frames.mjs";

const NODES = 200;
const LEADS = 200;
/** They start one after the other, so that some move in every second. */
const SPREAD_SECONDS = 20;
const HEAD_START_SECONDS = 10;
const WAIT = { amount: 5, unit: "seconds" };
const FIRST = {
  id: "first",
  type: "wait",
  configuration: { mode: "attribute", attribute: "sets_out_at" },
};

/** @param {import("./browser.mjs").Bench} bench */
export async function measureLive(bench) {
  const { system, rounds } = bench;
  const flow = ladder(NODES, WAIT, FIRST);
  const begin = Date.now() + HEAD_START_SECONDS * 1000;
  const contacts = Array.from({ length: LEADS }, (_, place) => ({
    email: `reader${place}@example.com`,
    sets_out_at: new Date(begin + (place * SPREAD_SECONDS * 1000) / LEADS).toISOString(),
    ...(place % 2 === 0 ? { plan: "pro" } : {}),
  }));
  const launched = { name: "200 nodes, live", ...flow, contacts, launch: true };
  const { campaign_id: id } = await system.api("/campaigns", launched);
  const context = await bench.context();
  const page = await context.newPage();
  const changes = changesOf(page);
  await openFlow(page, id, flow.connections.length);
  await look(page, "1");
  await page.waitForTimeout(Math.max(0, begin + SPREAD_SECONDS * 1000 - Date.now()));
  await page.waitForResponse(isPoll);
  changes.length = 0;
  const count = `${flow.nodes.length} nodes`;
  const figures = await framesOf(
    "live",
    page,
    [
      { name: `${count}, at rest`, act: () => page.waitForTimeout(SECONDS * 1000) },
      {
        name: `${count}, panned`,
        act: () => sweep(page, { x: 1200, y: 400 }, 120),
      },
    ],
    rounds,
  );
  await context.close();
  return [
    ...figures,
    {
      part: "live",
      name: "nodes whose counts changed, a poll",
      unit: "",
      values: changes,
      wanted: 1,
      note: `${changes.length} polls meanwhile`,
    },
  ];
}

/**
 * How many nodes changed, by the responses of the polls.
 *
 * @param {import("@playwright/test").Page} page
 */
function changesOf(page) {
  /** @type {number[]} */
  const changes = [];
  page.on("response", async (response) => {
    if (isPoll(response)) {
      const { changed } = await response.json();
      changes.push(Object.keys(changed.nodes).length);
    }
  });
  return changes;
}

/** @param {import("@playwright/test").Response} response */
function isPoll(response) {
  return response.url().includes("/live?");
}
