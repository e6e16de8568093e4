import { expect, type Page, test } from "@playwright/test";
import { get, post } from "./system";

/** A split with two branches, of which the second leads nowhere yet; a mail without an entry. */
const FLOW = {
  nodes: [
    { id: "start", type: "start" },
    {
      id: "halves",
      type: "split",
      configuration: {
        branches: [
          { port: "a", weight: 50 },
          { port: "b", weight: 50 },
        ],
      },
    },
    { id: "gift", type: "sendEmail", configuration: { subject: "A gift", body: "<p>Hi</p>" } },
    { id: "thanks", type: "end", configuration: { reason: "thanked" } },
  ],
  connections: [
    { from_node: "start", to_node: "halves" },
    { from_node: "halves", from_port: "a", to_node: "gift" },
    { from_node: "gift", to_node: "thanks" },
  ],
};

const card = (page: Page, id: string) => page.locator(`[data-card="${id}"]`);
const node = (page: Page, id: string) => page.locator(`.react-flow__node[data-id="${id}"]`);

async function opened(page: Page, name: string): Promise<string> {
  const { campaign_id: id } = await post(page.request, "/campaigns", { name, ...FLOW });
  await page.goto(`/app/campaigns/${id}`);
  await expect(card(page, "start")).toBeVisible();
  return id;
}

async function draftOf(page: Page, id: string) {
  const { draft } = await get(page.request, `/campaigns/${id}`);
  return draft;
}

async function boxOf(page: Page, selector: string) {
  const box = await page.locator(selector).first().boundingBox();
  if (!box) {
    throw new Error(`${selector} is not drawn`);
  }
  return box;
}

/** From the "+" of the open branch; the mouse stays pressed. */
async function pull(page: Page, to: { x: number; y: number }): Promise<void> {
  const plus = await boxOf(page, '[data-port="halves/b"]');
  await page.mouse.move(plus.x + plus.width / 2, plus.y + plus.height / 2);
  await page.mouse.down();
  await page.mouse.move(to.x - 60, to.y + 90, { steps: 4 });
  await page.mouse.move(to.x, to.y, { steps: 4 });
}

test("a connection may be dropped anywhere on a card, or near its port", async ({ page }) => {
  const id = await opened(page, "Drawn by hand");
  const led = async () =>
    (await draftOf(page, id)).connections.find((it: { from_port?: string }) => it.from_port === "b")
      ?.to_node;
  const end = await boxOf(page, '.react-flow__node[data-id="thanks"]');
  // The lower right corner of the card; while it is dragged, the card that would take it is marked.
  await pull(page, { x: end.x + end.width - 6, y: end.y + end.height - 6 });
  await expect(node(page, "thanks")).toHaveAttribute("data-takes", "");
  await expect(node(page, "halves")).toHaveAttribute("data-origin", "");
  await page.mouse.up();
  await expect(page.locator("[data-takes], [data-origin]")).toHaveCount(0);
  await expect.poll(led).toBe("thanks");
  await page.keyboard.press("Control+z");
  await expect.poll(led).toBeUndefined();

  // Above the card, nearer to the exit of the card before it than to its own port.
  await pull(page, { x: end.x + end.width / 2, y: end.y - 34 });
  await page.mouse.up();
  await expect.poll(led).toBe("thanks");
  await page.keyboard.press("Control+z");

  // Beside all cards: the picker opens there.
  await pull(page, { x: end.x + end.width + 200, y: end.y });
  await expect(page.locator("[data-takes]")).toHaveCount(0);
  await page.mouse.up();
  await expect(page.getByRole("dialog", { name: "Add a node" })).toBeVisible();
  await page.keyboard.press("Escape");
});

test("the wheel pans, with Ctrl it zooms; a right click opens a menu", async ({ page }) => {
  const id = await opened(page, "Wheel and menu");
  const zoom = page.getByRole("button", { name: /^Zoom \d+ %/ });
  await expect(zoom).toHaveText("100 %");
  const before = await boxOf(page, '[data-card="gift"]');
  await page.mouse.move(before.x + 340, before.y + 20);
  await page.mouse.wheel(0, 120);
  await expect
    .poll(async () => Math.round((await boxOf(page, '[data-card="gift"]')).y - before.y))
    .toBe(-120);
  await expect(zoom).toHaveText("100 %");
  await page.keyboard.down("Control");
  await page.mouse.wheel(0, -120);
  await page.keyboard.up("Control");
  await expect(zoom).not.toHaveText("100 %");
  await page.keyboard.press("0");
  await expect(zoom).toHaveText("100 %");

  await card(page, "gift").click({ button: "right" });
  const menu = page.getByRole("menu");
  await expect(menu.getByRole("menuitem")).toHaveText([
    /^Open its settings/,
    /^Rename/,
    /^Add after it/,
    /^Duplicate/,
    /^Switch off/,
    /^Remove/,
  ]);
  await menu.getByRole("menuitem", { name: "Switch off" }).click();
  await expect
    .poll(async () =>
      (await draftOf(page, id)).nodes.find((it: { id: string }) => it.id === "gift"),
    )
    .toMatchObject({ disabled: true });
  await page.keyboard.press("Escape");
  const pane = await boxOf(page, ".react-flow");
  await page.mouse.click(pane.x + pane.width - 60, pane.y + 60, { button: "right" });
  await menu.getByRole("menuitem", { name: "Add a note here" }).click();
  await expect(page.getByRole("textbox", { name: "Note" })).toBeVisible();
});

test("a branch has a name of its own; removing its split asks which branch stays", async ({
  page,
}) => {
  const id = await opened(page, "Named branches");
  await page.locator('[data-port="halves/b"]').click();
  await page.getByRole("option", { name: /^Wait/ }).click();
  await card(page, "halves").click();
  await page.getByLabel("Name of branch 2").fill("No discount");
  await expect(page.locator(".react-flow__edgelabel-renderer")).toContainText("No discount · 50 %");
  await expect
    .poll(async () => (await draftOf(page, id)).nodes[1].configuration.branches)
    .toEqual([
      { port: "a", weight: 50 },
      { port: "b", weight: 50, label: "No discount" },
    ]);

  await card(page, "halves").focus();
  await page.keyboard.press("Delete");
  const dialog = page.getByRole("dialog", { name: /^Remove Split/ });
  await expect(dialog).toContainText("A gift");
  await dialog.getByRole("radio", { name: /^Keep No discount/ }).check();
  await dialog.getByRole("button", { name: "Remove it and 2 other nodes" }).click();
  await expect(card(page, "gift")).toHaveCount(0);
  await expect(card(page, "start")).toBeFocused();
  await page.keyboard.press("Control+z");
  await expect(card(page, "gift")).toBeVisible();
  await expect(card(page, "halves")).toBeVisible();
});

test("keys act on the card that is ringed, and Escape closes its settings at once", async ({
  page,
}) => {
  await opened(page, "Ringed");
  await card(page, "gift").click();
  await page.getByLabel("Subject", { exact: true }).focus();
  await page.keyboard.press("Escape");
  await expect(page.getByRole("complementary", { name: "Inspector" })).toHaveCount(0);
  await expect(card(page, "gift")).toBeFocused();
  await expect(card(page, "gift")).toHaveAttribute("aria-pressed", "false");
  await page.keyboard.press("Delete");
  await expect(card(page, "gift")).toHaveCount(0);
});

test("nothing covers or cuts a card that is added, or that undo changes", async ({ page }) => {
  await opened(page, "In sight");
  await expect(page.locator(".react-flow__minimap")).toHaveCount(0);
  for (const made of ["wait-1", "wait-2", "wait-3", "wait-4", "wait-5", "wait-6", "wait-7"]) {
    await page.locator('section[aria-label=Palette] button:text-is("Wait")').click();
    await expect(card(page, made)).toBeFocused();
  }
  await expect.poll(() => isWhole(page, "wait-7")).toBe(true);
  await expect(page.locator(".react-flow__minimap")).toBeVisible();
  await page.keyboard.press("Escape");
  const canvas = await boxOf(page, ".react-flow");
  await page.mouse.move(canvas.x + canvas.width - 40, canvas.y + 100);
  await page.mouse.wheel(0, -2000);
  await expect.poll(() => isWhole(page, "wait-6")).toBe(false);
  await page.keyboard.press("Control+z");
  await expect(card(page, "wait-7")).toHaveCount(0);
  await expect.poll(() => isWhole(page, "wait-6")).toBe(true);
});

/** Whether all four corners of the card are in sight. */
async function isWhole(page: Page, id: string): Promise<boolean> {
  return card(page, id).evaluate((it) => {
    const { left, right, top, bottom } = it.getBoundingClientRect();
    const corners = [left + 8, right - 8].flatMap((x) => [top + 8, bottom - 8].map((y) => [x, y]));
    return corners.every(([x = 0, y = 0]) => it.contains(document.elementFromPoint(x, y)));
  });
}
