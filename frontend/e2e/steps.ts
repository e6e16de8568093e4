/** What people do with a campaign, by mouse; the specs combine these steps. */
import { expect, type Locator, type Page } from "@playwright/test";

/** A blank campaign in the builder, created from the list. */
export async function newCampaign(page: Page, name: string): Promise<void> {
  await page.goto("/app/campaigns");
  await page.getByRole("button", { name: "New campaign" }).first().click();
  await page.getByRole("dialog").getByLabel("Name").fill(name);
  await page.getByRole("button", { name: "Create campaign" }).click();
  await expect(page.getByLabel("Campaign name")).toBeVisible();
}

/** Insert a node after the named one, with its "+". */
async function add(page: Page, after: RegExp, kind: string): Promise<void> {
  await page.getByRole("button", { name: after }).click();
  await page.getByRole("option", { name: new RegExp(`^${kind}`) }).click();
}

/** Five nodes: a mail, a wait, a condition on clicks, and a second mail for those who clicked. */
export async function drawFlow(page: Page): Promise<void> {
  const inspector = page.getByRole("complementary", { name: "Inspector" });
  await add(page, /^Add after Contacts enter/, "Send e-mail");
  await inspector.getByLabel("Subject").fill("Hello {{contact.first_name}}");
  await inspector
    .getByLabel("Body")
    .fill('<p>Have a look at <a href="https://example.com/pricing">our pricing</a>.</p>');
  await add(page, /^Add after Send Hello/, "Wait");
  await inspector.getByLabel("Wait: amount").fill("1");
  await inspector.getByLabel("Wait: unit").selectOption("seconds");
  await add(page, /^Add after Wait 1 second/, "Condition");
  await add(page, /^Add after Clicked.*, Yes/, "Send e-mail");
  await inspector.getByLabel("Subject").fill("You had a look");
  await inspector.getByLabel("Body").fill("<p>Here is more of it.</p>");
  await add(page, /^Add after Clicked.*, No/, "End");
  await expect(page.getByText("Saved", { exact: true })).toBeVisible();
}

/**
 * From the builder through the import wizard with a file, and back. The file has `rows` rows, of
 * which the wizard finds `good` valid.
 */
export async function importFile(page: Page, name: string, rows: string[], good: number) {
  const flow = page.url();
  await page.getByRole("link", { name: "Contacts" }).click();
  await page
    .getByRole("link", { name: /Import/ })
    .first()
    .click();
  const buffer = Buffer.from(`${rows.join("\r\n")}\r\n`);
  await page.getByLabel("Contact file").setInputFiles({ name, mimeType: "text/csv", buffer });
  const check = page.getByRole("region", { name: "Check" });
  await expect(check).toContainText(name);
  await expect(check).toContainText(`${good} new`);
  await page.getByRole("button", { name: `Import ${good} contacts` }).click();
  const result = page.getByRole("region", { name: "Result" });
  await expect(result).toContainText(`${good} contacts imported`);
  await result.getByRole("link", { name: "Go to the flow" }).click();
  await expect(page).toHaveURL(flow);
}

/** Launches what `drawFlow` drew: that nothing follows its last e-mail is a warning to accept. */
export async function launch(page: Page, contacts: number): Promise<void> {
  await page.getByRole("button", { name: /^Launch/ }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("button", { name: `Launch to ${contacts} contacts` }).click();
  await expect(page.getByText("Running")).toBeVisible();
}

export async function pause(page: Page): Promise<void> {
  await page.getByRole("button", { name: "Pause" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Pause" }).click();
  await expect(page.getByText("Paused")).toBeVisible();
}

export async function resume(page: Page): Promise<void> {
  await page.getByRole("button", { name: "Resume" }).click();
  await expect(page.getByText("Running")).toBeVisible();
}

/** A count at the foot of the card with these words, such as "2 leads waiting". */
export function countOn(page: Page, text: string, count: string): Locator {
  return page.locator(".react-flow__node", { hasText: text }).getByLabel(count, { exact: true });
}

/** From the live view to one lead's page; returns the lines of its timeline. */
export async function storyOf(page: Page, email: string): Promise<Locator> {
  await page.getByRole("link", { name: "Leads", exact: true }).click();
  await page.getByRole("link", { name: email }).click();
  await expect(page.getByRole("heading", { name: email, level: 1 })).toBeVisible();
  return page.locator("main ol").first().getByRole("listitem");
}

/** In the inbox, as the recipient: open the mail and click a link in it. */
export async function readMail(page: Page, recipient: string, link: string): Promise<void> {
  await page.getByRole("link", { name: "Inbox" }).click();
  await page.getByRole("button", { name: new RegExp(recipient) }).click();
  const opened = page.context().waitForEvent("page");
  await page.frameLocator("iframe").getByRole("link", { name: link }).click();
  await (await opened).close();
}

/** Back to the live view, from anywhere. */
export async function openFlow(page: Page, name: string): Promise<void> {
  await page.getByRole("link", { name: "Campaigns" }).first().click();
  await page.getByRole("link", { name, exact: true }).click();
  await expect(page.getByLabel("Campaign name")).toBeVisible();
}
