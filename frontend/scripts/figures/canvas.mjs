// @ts-check
/** 500 nodes: panned as a whole, panned at full size, and one of them dragged. */
import { sweep } from "./browser.mjs";
import { ladder } from "./flows.mjs";
import { framesOf } from "./frames.mjs";

const NODES = 500;
const DRAGGED = "m60";

/** @param {import("./browser.mjs").Bench} bench */
export async function measureCanvas(bench) {
  const { system, rounds } = bench;
  const flow = ladder(NODES, { amount: 1, unit: "hours" });
  const { campaign_id: id } = await system.api("/campaigns", { name: "500 nodes", ...flow });
  const context = await bench.context();
  const page = await context.newPage();
  await openFlow(page, id, flow.connections.length);
  const count = `${flow.nodes.length} nodes`;
  const figures = await framesOf(
    "canvas",
    page,
    [
      {
        name: `pan, ${count}, all in sight`,
        prepare: () => look(page, "1"),
        act: () => sweep(page, { x: 1200, y: 300 }, 120),
      },
      {
        name: `pan, ${count}, full size`,
        prepare: () => look(page, "0"),
        act: () => sweep(page, { x: 1200, y: 300 }, 120),
      },
      {
        name: `drag a node, ${count}, all in sight`,
        prepare: () => look(page, "1"),
        act: async () => sweep(page, await middleOf(page, DRAGGED), 60),
      },
    ],
    rounds,
  );
  await context.close();
  return figures;
}

/**
 * Opens the flow of a campaign and waits until all of it is drawn; without its edges, a canvas
 * would be fast.
 *
 * @param {import("@playwright/test").Page} page
 * @param {string} id
 * @param {number} edges
 */
export async function openFlow(page, id, edges) {
  await page.goto(`/app/campaigns/${id}`);
  await page.waitForSelector("[data-card=start]");
  await page.waitForFunction(
    (wanted) => document.querySelectorAll(".react-flow__edge-path").length === wanted,
    edges,
  );
}

/**
 * 1: the whole flow; 0: full size. Waits until the view stands still. Nothing is selected then,
 * because the form of a selected node would cover the path of the mouse.
 *
 * @param {import("@playwright/test").Page} page
 * @param {"0" | "1"} key
 */
export async function look(page, key) {
  await page.keyboard.press("Escape");
  await page.locator(".react-flow").focus();
  await page.keyboard.press(key);
  await page.evaluate(
    () =>
      new Promise((/** @type {(value?: undefined) => void} */ resolve) => {
        const pane = document.querySelector(".react-flow__viewport");
        let [was, still] = ["", 0];
        const watch = () => {
          const now = pane?.getAttribute("style") ?? "";
          still = now === was ? still + 1 : 0;
          was = now;
          if (still > 20) {
            resolve();
          } else {
            requestAnimationFrame(watch);
          }
        };
        watch();
      }),
  );
}

/**
 * @param {import("@playwright/test").Page} page
 * @param {string} id of a visible node
 */
async function middleOf(page, id) {
  const box = await page.locator(`[data-card="${id}"]`).boundingBox();
  if (!box) {
    throw new Error(`${id} is not in sight`);
  }
  return { x: box.x + box.width / 2, y: box.y + box.height / 2 };
}
