import { expect, type Locator, type Page, test } from "@playwright/test";
import { launched } from "./pages";
import { get, post, signIn } from "./system";

// They wait for much, and machines may have other things to do.
test.describe.configure({ timeout: 120_000 });

/** What is shown is shown again after a reload, under the same address. */
async function survives(page: Page, isShown: () => Promise<void>): Promise<void> {
  await isShown();
  const address = page.url();
  await page.reload();
  await isShown();
  expect(page.url()).toBe(address);
}

/** As hands do it: the mouse is not quite still between down and up. */
async function pressed(page: Page, what: Locator): Promise<void> {
  const box = await what.boundingBox();
  const [x, y] = [(box?.x ?? 0) + 8, (box?.y ?? 0) + 8];
  await page.mouse.move(x, y);
  await page.mouse.down();
  await page.mouse.move(x + 2, y + 1);
  await page.mouse.up();
}

test("every list is found again by its address", async ({ page }) => {
  await signIn(page);
  const id = await launched(page.request, "Found again");
  for (const name of ["Needle one", "Needle two", "Hay"]) {
    await post(page.request, "/campaigns", { name });
  }
  const { leads } = await get(page.request, `/campaigns/${id}/leads?limit=1`);
  const one: { lead_id: string; email: string } = leads[0];

  await test.step("campaigns: search and status", async () => {
    await page.goto("/app/campaigns");
    await page.getByRole("searchbox").fill("needle");
    await page.getByRole("button", { name: "Draft" }).or(page.getByLabel("Draft")).first().click();
    await survives(page, async () => {
      await expect(page.getByRole("link", { name: "Needle one" })).toBeVisible();
      await expect(page.getByRole("link", { name: "Hay" })).toHaveCount(0);
      await expect(page.getByRole("link", { name: "Found again" })).toHaveCount(0);
      await expect(page).toHaveURL(/search=needle/);
      await expect(page).toHaveURL(/status=draft/);
    });
  });

  await test.step("leads: status, node and address", async () => {
    await page.goto(`/app/campaigns/${id}/leads`);
    await page.getByRole("button", { name: /^Waiting/ }).click();
    await page.getByLabel("Node").selectOption("pause");
    await page.getByLabel("Addresses that begin with").fill(one.email.slice(0, -12));
    await survives(page, async () => {
      await expect(page.getByRole("link", { name: one.email })).toBeVisible();
      await expect(page.getByRole("row")).toHaveCount(2);
      await expect(page.getByLabel("Node")).toHaveValue("pause");
      await expect(page).toHaveURL(/status=paused.*node=pause.*email=/);
    });
  });

  await test.step("live: the leads behind a count, one lead's way", async () => {
    await page.goto(`/app/campaigns/${id}`);
    await pressed(page, page.getByRole("link", { name: /^9 leads sent/ }).first());
    const behind = page.getByRole("complementary", { name: "Leads behind the count" });
    await survives(page, async () => {
      await expect(behind.getByRole("link", { name: one.email, exact: true })).toBeVisible();
      await expect(page).toHaveURL(/node=welcome&behind=sent/);
    });
    await behind.getByRole("link", { name: `Show the way of ${one.email} on the canvas` }).click();
    await survives(page, async () => {
      await expect(page.getByText("The way of")).toContainText(one.email);
      await expect(page).toHaveURL(new RegExp(`lead=${one.lead_id}`));
    });
    await page.goBack();
    await expect(behind).toBeVisible();
  });

  await test.step("inbox: recipient and open mail", async () => {
    await page.goto("/app/inbox");
    await page.getByLabel("Recipient").fill(one.email);
    await page.keyboard.press("Enter");
    await page.getByRole("list", { name: "Mails" }).getByRole("button").first().click();
    await survives(page, async () => {
      await expect(page.getByRole("list", { name: "Mails" }).getByRole("button")).toHaveCount(1);
      await expect(page.getByRole("article")).toContainText(one.email);
      await expect(page.getByLabel("Recipient")).toHaveValue(one.email);
    });
  });

  await test.step("import: its result", async () => {
    await page.goto(`/app/campaigns/${id}/import`);
    await page.getByLabel("Or paste rows").fill("email\nlate@found.example\n");
    await page.getByRole("button", { name: "Look at these rows" }).click();
    await page.getByRole("button", { name: "Import 1 contact" }).click();
    await survives(page, () =>
      expect(page.getByRole("heading", { name: "1 contact imported" })).toBeVisible(),
    );
  });
});

test("in a long list the place is found again", async ({ page }) => {
  await signIn(page);
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
