/** Every page, in both themes: accessible to screen readers and usable with the keyboard alone. */
import AxeBuilder from "@axe-core/playwright";
import { expect, type Page, test } from "@playwright/test";
import { PAGE_NAMES, type PageName, pathOf } from "./pages";
import { SIGNED_OUT } from "./system";
import { isWhole } from "./watched";

/** What opens over a page: the name of its button, and its role. */
const OPENERS: Partial<Record<PageName, [name: string | RegExp, kind: "dialog" | "menu"][]>> = {
  campaigns: [
    ["New campaign", "dialog"],
    ["Import a campaign", "dialog"],
    ["Actions for Autumn offer", "menu"],
    [/^Search/, "dialog"],
  ],
  builder: [
    ["Launch …", "dialog"],
    [/problem|warning/, "dialog"],
  ],
  live: [
    ["Pause", "dialog"],
    ["More", "menu"],
  ],
  lead: [["More actions", "menu"]],
  doNotContact: [
    ["Add an address", "dialog"],
    ["Import a list of addresses", "dialog"],
    ["Allow left@example.com again", "dialog"],
  ],
  inbox: [["Empty the inbox", "dialog"]],
};

const API = /\/api\//;

for (const name of PAGE_NAMES) {
  test(`the page ${name} has no accessibility violation and no focus trap`, async ({ page }) => {
    await page.emulateMedia({ colorScheme: "light", reducedMotion: "reduce" });
    await page.goto(pathOf(name));
    await isWhole(page, name);
    await expectNoBarriers(page);
    await test.step("Tab leads through it and out, and so does Shift+Tab", async () => {
      // Other tests create campaigns at the same time; this page must not show them.
      await page.route(API, () => undefined);
      await beginWalk(page);
      const forth = await walked(page, "Tab");
      expect(forth.length).toBeGreaterThan(8);
      const back = await walked(page, "Shift+Tab");
      expect(back.length).toBe(forth.length);
      expect(new Set(back)).toEqual(new Set(forth));
      await page.unroute(API);
    });
    for (const [opener, kind] of OPENERS[name] ?? []) {
      await test.step(`${opener}: keeps the focus, closes with Escape, returns the focus`, () =>
        opens(page, opener, kind));
    }
  });
}

test.describe("before signing in", () => {
  test.use({ storageState: SIGNED_OUT });

  test("the sign-in page has no accessibility violation", async ({ page }) => {
    await page.emulateMedia({ colorScheme: "light", reducedMotion: "reduce" });
    await page.goto("/app/sign-in");
    await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
    await expectNoBarriers(page);
  });
});

test("the first stop of a page leads past the rail", async ({ page }) => {
  await page.goto(pathOf("system"));
  await isWhole(page, "system");
  await page.keyboard.press("Tab");
  await expect(page.getByRole("link", { name: "Skip to content" })).toBeFocused();
  await page.keyboard.press("Enter");
  await page.keyboard.press("Tab");
  expect(
    await page.evaluate(() => document.querySelector("main")?.contains(document.activeElement)),
  ).toBe(true);
});

async function expectNoBarriers(page: Page): Promise<void> {
  for (const theme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme: theme });
    await expect(page.locator(`html[data-theme=${theme}]`)).toBeAttached();
    const { violations } = await new AxeBuilder({ page }).exclude("iframe").analyze();
    const told = violations.map(
      (it) => `${it.id}: ${it.nodes.map((node) => node.html).join(" | ")}`,
    );
    expect(told, theme).toEqual([]);
  }
}

async function opens(page: Page, opener: string | RegExp, kind: "dialog" | "menu"): Promise<void> {
  const button = page.getByRole("button", { name: opener }).first();
  await button.focus();
  await page.keyboard.press("Enter");
  const opened = page.getByRole(kind);
  await expect(opened).toBeVisible();
  // The focus stays within what is open, however often it moves.
  for (const key of ["Shift+Tab", "Shift+Tab", "Tab", "Tab", "Tab", "Tab"]) {
    await page.keyboard.press(key);
  }
  if (kind === "dialog") {
    expect(await opened.evaluate((it) => it.contains(document.activeElement))).toBe(true);
  }
  await page.keyboard.press("Escape");
  await expect(opened).toHaveCount(0);
  await expect(button).toBeFocused();
}

const STOPS_MAX = 150;
const AT_ONCE = 10;

/** From now on, the page records each stop of the focus as a number. */
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
 * Walks through the page with one key until it is back at the beginning; returns the stops. A focus
 * trap would keep it from getting back there.
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
