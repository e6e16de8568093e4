import AxeBuilder from "@axe-core/playwright";
import { expect, type Page, test } from "@playwright/test";
import { post } from "./system";

const HOUR_MS = 3_600_000;

/** As a datetime-local field takes it, in the browser's zone. */
function local(page: Page, fromNowMs: number): Promise<string> {
  return page.evaluate((ms) => {
    const at = new Date(Date.now() + ms);
    return new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
  }, fromNowMs);
}

test("a campaign is launched at a time, taken back, waits for contacts and ends by hand", async ({
  page,
}) => {
  const { campaign_id: id } = await post(page.request, "/campaigns", {
    name: "In time",
    nodes: [
      { id: "start", type: "start" },
      { id: "mail", type: "sendEmail", configuration: { subject: "In time", body: "<p>Hi</p>" } },
    ],
    connections: [{ from_node: "start", to_node: "mail" }],
    contacts: [{ email: "ann@time.example" }, { email: "bo@time.example" }],
  });
  const flow = `/app/campaigns/${id}`;
  const dialog = page.getByRole("dialog");
  const status = (name: string) => page.getByText(name, { exact: true });

  await test.step("it is scheduled, and its flow is locked", async () => {
    await page.goto(flow);
    await page.getByRole("button", { name: /^Launch/ }).click();
    await dialog.getByText("At a time").click();
    await dialog.getByLabel("Date and time of the start").fill(await local(page, -HOUR_MS));
    await expect(dialog.getByText("This time has passed. Choose a later one.")).toBeVisible();
    const schedule = dialog.getByRole("button", { name: "Schedule for 2 contacts" });
    await expect(schedule).toBeDisabled();
    await dialog.getByLabel("Date and time of the start").fill(await local(page, HOUR_MS));
    await dialog.getByLabel("Ends", { exact: true }).selectOption("When I end it");
    await expect(schedule).toBeEnabled();
    const { violations } = await new AxeBuilder({ page }).analyze();
    expect(violations).toEqual([]);
    await schedule.click();
    await expect(status("Scheduled")).toBeVisible();
    await expect(page.getByText(/^It starts on/)).toBeVisible();
    await page.goto(`${flow}/import`);
    await expect(page.getByText("New contacts enter when the campaign starts.")).toBeVisible();
  });

  await test.step("it becomes a draft again, is launched, and waits for contacts", async () => {
    await page.goto(flow);
    await page.getByRole("button", { name: "Back to draft" }).click();
    await expect(status("Draft")).toBeVisible();
    await page.getByRole("button", { name: /^Launch/ }).click();
    await dialog.getByLabel("Ends", { exact: true }).selectOption("When I end it");
    await dialog.getByRole("button", { name: "Launch to 2 contacts" }).click();
    await expect(status("Waiting for contacts")).toBeVisible();
  });

  await test.step("it is ended by hand, and the import page says that it can start again", async () => {
    await page.getByRole("button", { name: "More" }).click();
    await page.getByRole("menuitem", { name: "End the campaign …" }).click();
    await dialog.getByRole("button", { name: "End the campaign" }).click();
    await expect(status("Completed")).toBeVisible();
    await page.goto(`${flow}/import`);
    await expect(page.getByText(/^This campaign has completed. New contacts start/)).toBeVisible();
    await page.getByLabel(/Or paste rows/).fill("email\ncy@time.example");
    await page.getByRole("button", { name: "Check these rows" }).click();
    await page.getByRole("button", { name: "Import 1 contact" }).click();
    await expect(page.getByRole("region", { name: "Result" })).toContainText("1 contact imported");
  });
});
