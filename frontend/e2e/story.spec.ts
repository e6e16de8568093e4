import { expect, type Locator, type Page, test } from "@playwright/test";
import { signIn } from "./system";

/** Insert a node after the one named, by its "+". */
async function add(page: Page, after: RegExp, kind: string): Promise<void> {
  await page.getByRole("button", { name: after }).click();
  await page.getByRole("option", { name: new RegExp(`^${kind}`) }).click();
}

/** A count at the foot of the card with these words. */
function countOn(page: Page, words: string, count: RegExp): Locator {
  return page.locator(".react-flow__node", { hasText: words }).getByLabel(count);
}

test("a campaign is drawn, filled and launched; a reader's click takes its lead along", async ({
  page,
  context,
}) => {
  test.setTimeout(120_000);
  await signIn(page);

  await page.goto("/app/campaigns");
  await page.getByRole("button", { name: "New campaign" }).first().click();
  await page.getByRole("dialog").getByLabel("Name").fill("Spring story");
  await page.getByRole("button", { name: "Create campaign" }).click();
  await expect(page.getByLabel("Campaign name")).toBeVisible();

  await add(page, /^Add after Contacts enter/, "Send e-mail");
  const inspector = page.getByRole("complementary", { name: "Inspector" });
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

  await page.getByRole("link", { name: "Contacts" }).click();
  await page
    .getByRole("link", { name: /Import/ })
    .first()
    .click();
  await page
    .getByLabel("Or paste rows, for example from a spreadsheet")
    .fill("email,first_name\nann@story.example,Ann\nbo@story.example,Bo\nnot an address,Cy\n");
  await page.getByRole("button", { name: "Look at these rows" }).click();
  await expect(page.getByRole("region", { name: "Rows that would be left out" })).toBeVisible();
  await page.getByRole("button", { name: /^Import/ }).click();
  await expect(page.getByRole("region", { name: "Result" })).toBeVisible();

  await page.getByRole("link", { name: "Spring story" }).click();
  await page.getByRole("button", { name: /^Launch/ }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Launch to 2 contacts" }).click();
  await expect(page.getByText("Running")).toBeVisible();
  await expect(countOn(page, "Clicked", /^2 leads waiting/)).toBeVisible({ timeout: 20_000 });

  await page.getByRole("link", { name: "Inbox" }).click();
  await page.getByRole("button", { name: /ann@story.example/ }).click();
  const opened = context.waitForEvent("page");
  await page.frameLocator("iframe").getByRole("link", { name: "our pricing" }).click();
  await (await opened).close();

  await page.getByRole("link", { name: "Campaigns" }).first().click();
  await page.getByRole("link", { name: "Spring story" }).click();
  await expect(countOn(page, "You had a look", /^1 lead sent/)).toBeVisible({ timeout: 20_000 });
  await page.getByRole("link", { name: "Leads", exact: true }).click();
  await page.getByText("ann@story.example").click();
  await expect(page.getByText(/took yes/)).toBeVisible();
});
