/** The connection itself breaks; src/app tests how pages handle bad answers. */
import { expect, test } from "@playwright/test";
import { lineTo } from "./line";
import { pathOf } from "./pages";
import { get, post } from "./system";
import { banner, isWhole, watched } from "./watched";

test("no page goes blank when nothing answers, and each recovers by itself", async ({
  context,
  baseURL,
}) => {
  const said = watched(context);
  const line = await lineTo(baseURL ?? "");
  try {
    const names = ["home", "live"] as const;
    const tabs = await Promise.all(
      names.map(async (name) => ({ name, tab: await context.newPage() })),
    );
    for (const { name, tab } of tabs) {
      await tab.goto(line.origin + pathOf(name));
      await isWhole(tab, name);
    }
    await line.shut();
    for (const { tab } of tabs) {
      await expect(banner(tab)).toBeVisible();
      await expect(tab.getByRole("heading", { level: 1 })).toBeVisible();
    }
    await line.open();
    for (const { name, tab } of tabs) {
      await expect(banner(tab)).toBeHidden();
      await isWhole(tab, name);
      await expect(tab.getByRole("alert")).toHaveText([/^$/]);
    }
  } finally {
    await line.close();
  }
  expect(said).toEqual([]);
});

test("changes made offline are kept, and saved when the connection is back", async ({
  page,
  context,
}) => {
  const said = watched(context);
  const palette = (name: string) =>
    page.locator(`section[aria-label=Palette] button:text-is("${name}")`);
  const { campaign_id: id } = await post(page.request, "/campaigns", { name: "On the train" });
  await page.goto(`/app/campaigns/${id}`);
  await expect(page.locator('[data-card="start"]')).toBeVisible();
  await context.setOffline(true);
  await expect(page.getByText("You are offline.")).toBeVisible();
  await palette("Wait").click();
  await expect(page.getByText("Not saved: no answer. Retrying automatically")).toBeVisible();
  await palette("End").click();
  await context.setOffline(false);
  await expect(page.getByText("Saved", { exact: true })).toBeVisible();
  await expect(page.getByText("You are offline.")).toBeHidden();
  const { draft } = await get(page.request, `/campaigns/${id}`);
  const ids = draft.nodes.map((it: { id: string }) => it.id).sort();
  expect(ids).toEqual(["end-1", "start", "wait-1"]);
  expect(said).toEqual([]);
});

test("a page that throws says so within its frame, and can be shown again", async ({ page }) => {
  const lies = "**/api/v1/system";
  await page.route(lies, (it) => it.fulfill({ json: {} }));
  await page.goto(pathOf("system"));
  await expect(
    page.getByRole("heading", { name: "Something went wrong on this page" }),
  ).toBeVisible();
  await expect(page.getByRole("navigation", { name: "Main" })).toBeVisible();
  await page.unroute(lies);
  await page.getByRole("button", { name: "Try again" }).click();
  await isWhole(page, "system");
});
