import { type BrowserContext, expect, type Page, test } from "@playwright/test";
import { pages } from "./pages";
import { signIn } from "./system";
import { banner, isWhole, watched } from "./watched";
import { type Answer, type Way, wayTo } from "./way";

// They wait for much, and machines may have other things to do.
test.describe.configure({ timeout: 120_000 });

/** Nine pages at once, each asking thrice before it gives up. */
const LONG_MS = 30_000;

/** The system's API, which lies under these; all else are pages and what they are made of. */
const isOfApi = (path: string) => /^\/(inbox\/)?api\//.test(path);

let way: Way;
let context: BrowserContext;
const tabs = new Map<string, { tab: Page; path: string }>();

/** All pages at once, each in its tab: what breaks, breaks for all of them together. */
test.beforeAll(async ({ browser, playwright, baseURL }) => {
  way = await wayTo(baseURL ?? "");
  context = await browser.newContext({ baseURL: baseURL ?? "" });
  const request = await playwright.request.newContext({ baseURL: baseURL ?? "" });
  const first = await context.newPage();
  await signIn(first);
  await first.close();
  for (const [name, path] of Object.entries(await pages(request))) {
    tabs.set(name, { tab: await context.newPage(), path });
  }
  await request.dispose();
});

test.afterAll(async () => {
  await context.close();
  await way.close();
});

async function onEach(act: (tab: Page, name: string, path: string) => Promise<void>) {
  await Promise.all(
    [...tabs].map(([name, { tab, path }]) =>
      test.step(name, () => act(tab, name, way.origin + path)),
    ),
  );
}

test("no page goes white when nobody listens, and each goes on by itself", async () => {
  const said = watched(context);
  await onEach(async (tab, name, url) => {
    await tab.goto(url);
    await isWhole(tab, name);
  });
  await way.shut();
  await onEach(async (tab) => {
    await expect(banner(tab)).toBeVisible({ timeout: LONG_MS });
    await expect(tab.getByRole("heading", { level: 1 })).toBeVisible();
  });
  await way.open();
  await onEach(async (tab, name) => {
    await expect(banner(tab)).toBeHidden({ timeout: LONG_MS });
    await isWhole(tab, name);
    await expect(tab.getByRole("alert")).toHaveText([/^$/]);
  });
  expect(said).toEqual([]);
});

test("a proxy without a server behind it is told apart, and waited for", async () => {
  const said = watched(context);
  const away: Answer = { status: 502, type: "text/html", body: "<h1>502 Bad Gateway</h1>" };
  way.answer = (_, path) => (isOfApi(path) ? away : null);
  await onEach(async (tab, name, url) => {
    await tab.goto(url);
    await expect(banner(tab)).toBeVisible();
    if (name !== "import") {
      await expect(tab.getByText(/a proxy answered 502 in its place/).first()).toBeVisible({
        timeout: LONG_MS,
      });
    }
  });
  way.answer = null;
  await onEach(async (tab, name) => {
    await isWhole(tab, name);
    await expect(banner(tab)).toBeHidden();
  });
  expect(said).toEqual([]);
});

for (const [kind, answer, words] of [
  [
    "with the API's own words",
    {
      status: 500,
      type: "application/problem+json",
      body: JSON.stringify({
        type: "about:blank",
        title: "Internal error",
        status: 500,
        code: "internal",
        detail: "The store is being repaired.",
        errors: [],
      }),
    },
    "The store is being repaired.",
  ],
  [
    "with a page instead of words",
    { status: 500, type: "text/html", body: "<h1>Internal Server Error</h1>" },
    "The server answered 500 without saying why.",
  ],
  [
    "from somebody else altogether",
    { status: 200, type: "text/html", body: "<h1>Welcome to the hotel's network</h1>" },
    "Something answered that is not this server",
  ],
] as const) {
  test(`an answer ${kind} is told, and asked for again`, async () => {
    const said = watched(context);
    way.answer = (_, path) => (isOfApi(path) ? answer : null);
    await onEach(async (tab, name, url) => {
      await tab.goto(url);
      // The inbox cannot tell such a page from a system without an inbox; the import asks later.
      if (name !== "import" && !(name === "inbox" && answer.status === 200)) {
        await expect(tab.getByText(words).first()).toBeVisible({ timeout: LONG_MS });
      }
    });
    way.answer = null;
    await onEach(async (tab, name) => {
      const again = tab.getByRole("button", { name: "Try again" }).first();
      await expect(async () => {
        // Or it goes on by itself before that.
        if (await again.isVisible()) {
          await again.click({ timeout: 2_000 });
        }
        if (!(name === "inbox" && answer.status === 200)) {
          await isWhole(tab, name);
        }
      }).toPass({ timeout: 60_000 });
    });
    expect(said).toEqual([]);
  });
}

test("a page that throws says so within its frame, and can be shown again", async () => {
  way.answer = (_, path) =>
    isOfApi(path) ? { status: 200, type: "application/json", body: "{}" } : null;
  const broken: string[] = [];
  await onEach(async (tab, name, url) => {
    await tab.goto(url);
    await expect(tab.getByRole("heading", { level: 1 })).toBeVisible();
    await expect(tab.getByRole("navigation", { name: "Main" })).toBeVisible();
    if (await tab.getByRole("heading", { name: "This page cannot be shown" }).isVisible()) {
      broken.push(name);
    }
  });
  expect(broken.length).toBeGreaterThan(3);
  way.answer = null;
  await onEach(async (tab, name) => {
    if (broken.includes(name)) {
      await tab.getByRole("button", { name: "Show it again" }).click();
      await isWhole(tab, name);
    }
  });
});

test("an address that nothing has is told as that", async ({ page }) => {
  await signIn(page);
  await page.goto("/app/campaigns/%E0%A4%A");
  await expect(page.getByRole("heading", { name: "There is no such campaign" })).toBeVisible();
  await page.goto("/app/campaigns/c-nothing/leads/lead_nothing");
  await expect(page.getByRole("heading", { name: "This lead is gone" })).toBeVisible();
  await page.goto("/app/nowhere");
  await expect(page.getByRole("heading", { name: "There is no such page" })).toBeVisible();
});
