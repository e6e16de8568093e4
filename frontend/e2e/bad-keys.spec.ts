import { expect, type Page, test } from "@playwright/test";
import { pages } from "./pages";
import { post, signIn } from "./system";
import { isWhole } from "./watched";

test.describe.configure({ timeout: 180_000 });

const STOPS_MAX = 150;
const AT_ONCE = 10;

/** From now on the page writes down each stop of the focus as a number. */
async function beginWalk(page: Page): Promise<void> {
  await page.evaluate(() => {
    const known = new Map<EventTarget, number>();
    const log: number[] = [];
    Object.assign(window, { log });
    document.addEventListener("focusin", ({ target }) => {
      if (target) {
        known.set(target, known.get(target) ?? known.size + 1);
        log.push(known.get(target) ?? 0);
      }
    });
  });
}

/**
 * Walks the page by one key until it is where it began: the stops on the way. Whatever keeps the
 * focus to itself keeps it from coming back there.
 */
async function walked(page: Page, key: "Tab" | "Shift+Tab"): Promise<number[]> {
  await page.evaluate(() => (window as unknown as { log: number[] }).log.splice(0));
  for (let count = 0; count < STOPS_MAX; count += AT_ONCE) {
    for (let press = 0; press < AT_ONCE; press += 1) {
      await page.keyboard.press(key);
    }
    const log = await page.evaluate(() => (window as unknown as { log: number[] }).log);
    const end = log.indexOf(log[0] ?? 0, 1);
    if (end > 0) {
      const stops = log.slice(0, end);
      expect(new Set(stops).size, `${key} goes in a circle at ${page.url()}`).toBe(stops.length);
      return stops;
    }
  }
  throw new Error(`${key} led nowhere in ${STOPS_MAX} steps at ${page.url()}`);
}

test("no page keeps the focus: Tab leads through it and out, Shift+Tab as well", async ({
  page,
}) => {
  await signIn(page);
  for (const [name, path] of Object.entries(await pages(page.request))) {
    await test.step(name, async () => {
      await page.goto(path);
      await isWhole(page, name);
      await beginWalk(page);
      const forth = await walked(page, "Tab");
      expect(forth.length).toBeGreaterThan(8);
      const back = await walked(page, "Shift+Tab");
      expect(back.length).toBe(forth.length);
      expect(new Set(back)).toEqual(new Set(forth));
    });
  }
  // The first stop of each page leads past the rail.
  await page.goto("/app/system");
  await expect(page.getByRole("heading", { name: "Checks" })).toBeVisible();
  await page.keyboard.press("Tab");
  await expect(page.getByRole("link", { name: "Skip to the page" })).toBeFocused();
  await page.keyboard.press("Enter");
  await page.keyboard.press("Tab");
  expect(
    await page.evaluate(() => document.querySelector("main")?.contains(document.activeElement)),
  ).toBe(true);
});

test("from within the builder's fields and its canvas Tab leads on", async ({ page }) => {
  await signIn(page);
  const { campaign_id: id } = await post(page.request, "/campaigns", {
    name: "Keys",
    nodes: [
      { id: "start", type: "start" },
      { id: "mail", type: "sendEmail", configuration: { subject: "Hi", body: "<p>Hi</p>" } },
    ],
    connections: [{ from_node: "start", to_node: "mail" }],
  });
  await page.goto(`/app/campaigns/${id}`);
  const card = page.locator('[data-card="mail"]');
  await card.click();
  const body = page.getByLabel("Body, HTML");
  await body.focus();
  await body.press("End");
  await page.keyboard.type("{{");
  await expect(page.getByRole("listbox", { name: "Merge tags" })).toBeVisible();
  // The list takes one Tab for itself, then it is gone.
  await page.keyboard.press("Tab");
  await expect(body).toBeFocused();
  await page.keyboard.press("Tab");
  await expect(body).not.toBeFocused();
  await page.keyboard.press("Shift+Tab");
  await expect(body).toBeFocused();
  await page.keyboard.press("Shift+Tab");
  await expect(body).not.toBeFocused();
  // On a chosen card Tab opens the picker; a second one closes it, and a third leads on.
  await card.click();
  await page.keyboard.press("Tab");
  await expect(page.getByRole("dialog", { name: "Add a node" })).toBeVisible();
  await page.keyboard.press("Tab");
  await expect(page.getByRole("dialog")).toHaveCount(0);
  await expect(card).toBeFocused();
  await page.keyboard.press("Tab");
  await expect(page.getByRole("dialog")).toHaveCount(0);
  await expect(card).not.toBeFocused();
});

test("what opens over a page closes by Escape, and gives the focus back", async ({ page }) => {
  await signIn(page);
  const all = await pages(page.request);
  const opens = async (path: string, opener: () => ReturnType<Page["locator"]>, inside: string) => {
    if (!page.url().endsWith(path)) {
      await page.goto(path);
    }
    const button = opener();
    await button.focus();
    await page.keyboard.press("Enter");
    const opened = page.getByRole(inside === "menu" ? "menu" : "dialog");
    await expect(opened).toBeVisible();
    // Within: the focus stays in what is open, however often it is moved.
    for (const key of ["Shift+Tab", "Shift+Tab", "Tab", "Tab", "Tab", "Tab"]) {
      await page.keyboard.press(key);
    }
    if (inside !== "menu") {
      expect(
        await opened.evaluate((it) => it.contains(document.activeElement)),
        `${path}: the focus left what is open`,
      ).toBe(true);
    }
    await page.keyboard.press("Escape");
    await expect(opened).toHaveCount(0);
    await expect(button).toBeFocused();
  };
  const button = (name: string | RegExp) => () => page.getByRole("button", { name }).first();
  const { campaigns, builder, live, lead, inbox } = all;
  if (!campaigns || !builder || !live || !lead || !inbox) {
    throw new Error("not all pages are there");
  }
  await opens(campaigns, button("New campaign"), "dialog");
  await opens(campaigns, button("Import a campaign"), "dialog");
  await opens(campaigns, button(/^Actions for/), "menu");
  await opens(campaigns, button(/^Search/), "dialog");
  await opens(builder, button("Launch …"), "dialog");
  await opens(builder, button(/problem|warning/), "dialog");
  await opens(live, button("Pause"), "dialog");
  await opens(live, button("More"), "menu");
  await opens(lead, button("More actions"), "menu");
  await opens(inbox, button("Empty the inbox"), "dialog");
});
