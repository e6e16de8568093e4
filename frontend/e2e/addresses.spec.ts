/** Places in the interface that an address restores; src/app tests what lists show by their
 * address. */
import { expect, type Locator, type Page, test } from "@playwright/test";
import { pathOf } from "./pages";
import { get, post } from "./system";
import { isWhole } from "./watched";

/** A reload shows the same under the same address. */
async function survives(page: Page, isShown: () => Promise<void>): Promise<void> {
  await isShown();
  const address = page.url();
  await page.reload();
  await isShown();
  expect(page.url()).toBe(address);
}

/** As a hand does: the mouse moves a little between down and up. */
async function pressed(page: Page, what: Locator): Promise<void> {
  const box = await what.boundingBox();
  const [x, y] = [(box?.x ?? 0) + 8, (box?.y ?? 0) + 8];
  await page.mouse.move(x, y);
  await page.mouse.down();
  await page.mouse.move(x + 2, y + 1);
  await page.mouse.up();
}

test("a count on the canvas opens its leads, a lead its path, and Back returns", async ({
  page,
}) => {
  await page.goto(pathOf("live"));
  await isWhole(page, "live");
  // The card has two figures in words; the others are there on hover, focus and tap.
  const mail = page.locator('.react-flow__node[data-id="welcome"]');
  await expect(mail).toContainText(/9 sent·\d+ % clicked/);
  await expect(mail.getByText("failed")).toHaveCount(0);
  await mail.getByRole("button", { name: "All figures" }).hover();
  await expect(mail.getByRole("listitem")).toHaveText([
    /^waiting/,
    /^sent9100 %/,
    /^opened/,
    /^clicked/,
    /^failed00 %/,
  ]);
  await pressed(page, page.getByRole("link", { name: /^9 leads sent/ }).first());
  const panel = page.getByRole("complementary", { name: "Leads of this metric" });
  const one = panel.getByRole("link", { name: /@example\.com$/ }).first();
  await survives(page, async () => {
    await expect(one).toBeVisible();
    await expect(page).toHaveURL(/node=welcome&metric=sent/);
  });
  await panel
    .getByRole("link", { name: /^Show the path of/ })
    .first()
    .click();
  await survives(page, async () => {
    await expect(page.getByText("The path of")).toBeVisible();
    await expect(page).toHaveURL(/lead=/);
  });
  await page.goBack();
  await expect(panel).toBeVisible();
});

test("a long list returns to its place", async ({ page }) => {
  const { campaign_id: id } = await post(page.request, "/campaigns", {
    name: "Long list",
    nodes: [
      { id: "start", type: "start" },
      { id: "pause", type: "wait", configuration: { amount: 3, unit: "days" } },
    ],
    connections: [{ from_node: "start", to_node: "pause" }],
    contacts: Array.from({ length: 400 }, (_, place) => ({ email: `reader${place}@long.example` })),
    launch: true,
  });
  await expect(async () => {
    const { counts } = await get(page.request, `/campaigns/${id}`);
    expect(counts.nodes.pause?.waiting).toBe(400);
  }).toPass();
  await page.goto(`/app/campaigns/${id}/leads`);
  await page.getByRole("grid").focus();
  await page.keyboard.press("End");
  await survives(page, async () => {
    await expect(page.getByRole("link", { name: "reader399@long.example" })).toBeInViewport();
    await expect(page).toHaveURL(/at=\d+/);
  });
});

test("an unknown address shows that the page does not exist", async ({ page }) => {
  await page.goto("/app/campaigns/%E0%A4%A");
  await expect(page.getByRole("heading", { name: "This campaign does not exist" })).toBeVisible();
  await page.goto("/app/nowhere");
  await expect(page.getByRole("heading", { name: "This page does not exist" })).toBeVisible();
  const rail = page.getByRole("navigation", { name: "Main" });
  await expect(rail.getByRole("link", { name: "Campaigns" })).toBeVisible();
});
