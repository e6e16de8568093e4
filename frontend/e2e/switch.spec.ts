/** What leads do at nodes that are switched off. Switching them is tested in src/app. */
import AxeBuilder from "@axe-core/playwright";
import { expect, test } from "@playwright/test";
import { post } from "./system";

const mail = (id: string, subject: string) => ({
  id,
  type: "sendEmail",
  configuration: { subject, body: "<p>Good day</p>" },
});

const DRAFT = {
  name: "Skipped",
  nodes: [
    { id: "start", type: "start" },
    { ...mail("welcome", "Welcome"), disabled: true },
    {
      id: "pause",
      type: "wait",
      configuration: { mode: "duration", amount: 3, unit: "days" },
      disabled: true,
    },
    mail("news", "News"),
  ],
  connections: [
    { from_node: "start", to_node: "welcome" },
    { from_node: "welcome", to_node: "pause" },
    { from_node: "pause", to_node: "news" },
  ],
  contacts: [{ email: "ann@switch.example" }],
};

test("leads skip nodes that are switched off, and the timeline says so", async ({ page }) => {
  const { campaign_id } = await post(page.request, "/campaigns", DRAFT);
  await page.goto(`/app/campaigns/${campaign_id}`);
  const node = (id: string) =>
    page.locator(".react-flow__node").filter({ has: page.locator(`[data-card="${id}"]`) });
  await expect(node("welcome")).toContainText("Off");
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(violations).toEqual([]);

  await page.getByRole("button", { name: /^Launch/ }).click();
  await page.getByRole("button", { name: "Launch to 1 contact" }).click();
  await expect(node("welcome")).toContainText("1 skipped");
  await expect(node("news").getByLabel("1 lead sent")).toBeVisible();

  await page.getByRole("link", { name: "Leads", exact: true }).click();
  await page.getByText("ann@switch.example").click();
  await expect(page.getByText("Welcome is switched off: skipped")).toBeVisible();
  await expect(page.getByText("The wait is switched off: skipped")).toBeVisible();
  await expect(page.getByText("Sent News")).toBeVisible();
});
