import AxeBuilder from "@axe-core/playwright";
import { expect, type Page, test } from "@playwright/test";
import { get, post } from "./system";

const card = (page: Page, id: string) => page.locator(`[data-card="${id}"]`);

const mail = (id: string, subject: string) => ({
  id,
  type: "sendEmail",
  configuration: { subject, body: "<p>Good day</p>" },
});

const FLOW = {
  nodes: [
    { id: "start", type: "start" },
    mail("welcome", "Welcome"),
    { id: "pause", type: "wait", configuration: { mode: "duration", amount: 3, unit: "days" } },
    {
      id: "opened",
      type: "condition",
      configuration: {
        mode: "behaviour",
        event: "opened",
        email_node: "welcome",
        within: { amount: 2, unit: "days" },
      },
    },
    mail("thanks", "Thank you"),
    mail("news", "News"),
    { id: "end", type: "end" },
  ],
  connections: [
    { from_node: "start", to_node: "welcome" },
    { from_node: "welcome", to_node: "pause" },
    { from_node: "pause", to_node: "opened" },
    { from_node: "opened", from_port: "yes", to_node: "thanks" },
    { from_node: "opened", from_port: "no", to_node: "news" },
    { from_node: "thanks", to_node: "end" },
    { from_node: "news", to_node: "end" },
  ],
};

/** The switched-off nodes of the draft in the API, once everything is saved. */
async function off(page: Page, id: string): Promise<string[]> {
  await expect(page.getByText("Saved", { exact: true })).toBeVisible();
  const { draft } = await get(page.request, `/campaigns/${id}`);
  return draft.nodes
    .filter((it: { disabled?: boolean }) => it.disabled)
    .map((it: { id: string }) => it.id);
}

async function open(page: Page, name: string): Promise<string> {
  const { campaign_id } = await post(page.request, "/campaigns", {
    name,
    ...FLOW,
    contacts: [{ email: "ann@switch.example" }],
  });
  await page.goto(`/app/campaigns/${campaign_id}`);
  await expect(card(page, "start")).toBeVisible();
  return campaign_id;
}

test("leads skip what is off; the launch says so before, the timeline after", async ({ page }) => {
  const id = await open(page, "Passed by");
  await card(page, "welcome").click();
  await page.keyboard.press("Control+a");
  await page.keyboard.press("d");
  await expect(() =>
    expect(off(page, id)).resolves.toEqual(["welcome", "pause", "thanks", "news"]),
  ).toPass();
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(violations).toEqual([]);
  await page.keyboard.press("Escape");
  await card(page, "news").click();
  await page.getByRole("button", { name: "Switch on" }).click();
  await expect(() =>
    expect(off(page, id)).resolves.toEqual(["welcome", "pause", "thanks"]),
  ).toPass();

  await page.getByRole("button", { name: /^Launch/ }).click();
  const dialog = page.getByRole("dialog");
  await expect(dialog.getByText("immediately", { exact: true })).toHaveCount(1);
  await expect(dialog.getByRole("listitem").filter({ hasText: "immediately" })).toContainText(
    "News",
  );
  await expect(dialog.getByText(/welcome is switched off/)).toBeVisible();
  await dialog.getByRole("button", { name: "Launch to 1 contact" }).click();
  await expect(card(page, "welcome")).toBeVisible();
  const foot = (node: string) =>
    page.locator(".react-flow__node").filter({ has: card(page, node) });
  await expect(foot("welcome")).toContainText("1skipped");
  await expect(foot("news").getByLabel("1 lead sent")).toBeVisible();

  await page.getByRole("link", { name: "Leads", exact: true }).click();
  await page.getByText("ann@switch.example").click();
  await expect(page.getByText("Welcome is switched off: skipped")).toBeVisible();
  await expect(page.getByText("The wait is switched off: skipped")).toBeVisible();
  await expect(page.getByText("Sent News")).toBeVisible();
});
