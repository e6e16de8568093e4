/** Publishing while leads are on their way: the choice, the move, and versions told apart. */
import AxeBuilder from "@axe-core/playwright";
import { expect, type Page, test } from "@playwright/test";
import { get, post, TOKEN } from "./system";

const mail = (id: string, subject: string) => ({
  id,
  type: "sendEmail",
  configuration: { subject, body: "<p>Good day</p>" },
});
const wait = (id: string, amount: number) => ({
  id,
  type: "wait",
  configuration: { mode: "duration", amount, unit: "days" },
});
const chain = (...nodes: { id: string }[]) => ({
  nodes: [{ id: "start", type: "start" }, ...nodes],
  connections: nodes.map((to, at) => ({
    from_node: at === 0 ? "start" : nodes[at - 1]?.id,
    to_node: to.id,
  })),
});

const looksGood = async (page: Page) => {
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(violations).toEqual([]);
};

test("leads are kept, told apart by version, then moved; nobody gets an e-mail twice", async ({
  page,
}) => {
  const { request } = page;
  const people = ["ann", "bob", "cat"].map((it) => ({ email: `${it}@publish.example` }));
  const { campaign_id: id } = await post(request, "/campaigns", {
    name: "Changed on the way",
    ...chain(mail("welcome", "Welcome"), wait("pause", 3), mail("news", "News")),
    contacts: people,
    launch: true,
  });
  await expect
    .poll(async () => (await get(request, `/campaigns/${id}`)).counts.nodes.pause?.waiting)
    .toBe(3);
  const draw = async (document: object) => {
    const answer = await request.put(`/api/v1/campaigns/${id}/flow`, {
      data: document,
      headers: { authorization: `Bearer ${TOKEN}` },
    });
    expect(answer.ok(), await answer.text()).toBe(true);
  };
  await draw(chain(mail("welcome", "Welcome"), wait("pause", 9), mail("news", "Other news")));

  await test.step("the impact comes before the choice; leads are kept unless one says so", async () => {
    await page.goto(`/app/campaigns/${id}`);
    await page.getByRole("button", { name: "Publish changes" }).click();
    const dialog = page.getByRole("dialog", { name: "Publish Changed on the way" });
    await expect(dialog).toContainText("3 leads on their way, in version 1.");
    await expect(dialog.getByLabel(/Keep them on their version/)).toBeChecked();
    await dialog.getByRole("button", { name: "Publish changes" }).click();
    await expect(dialog).toBeHidden();
  });

  await test.step("the live view shows versions apart", async () => {
    await page.getByLabel("Live", { exact: true }).check({ force: true });
    await expect(
      page.getByRole("button", { name: "Move 3 leads to the latest version …" }),
    ).toBeVisible();
    const versions = page.getByRole("group", { name: "Flow version" });
    await versions.getByText("v1").click();
    await expect(page.getByText("Wait 3 days")).toBeVisible();
    await expect(page.getByText("3waiting")).toBeVisible();
    await looksGood(page);
    await page.screenshot({ path: "test-results/publish-versions.png" });
    await versions.getByText("All").click();
    await expect(page.getByText("Wait 9 days")).toBeVisible();
    await draw(chain(mail("welcome", "Welcome"), mail("last", "Last call")));
    await page.reload();
    await page.getByLabel("Edit", { exact: true }).check({ force: true });
  });

  await test.step("leads at a step that is gone are sent to one of the new version", async () => {
    await page.getByRole("button", { name: "Publish changes" }).click();
    const dialog = page.getByRole("dialog", { name: "Publish Changed on the way" });
    await dialog.getByLabel(/Move them to the new version/).check();
    const verb = dialog.getByRole("button", { name: "Publish and move 3 leads" });
    await expect(verb).toBeDisabled();
    await dialog
      .getByLabel("3 leads at Wait 3 days")
      .selectOption({ label: "Send them to: Send “Welcome”" });
    await looksGood(page);
    await page.screenshot({ path: "test-results/publish-dialog.png" });
    await verb.click();
    await expect(dialog).toBeHidden();
    await expect(page.getByLabel("3 leads sent").first()).toBeVisible();
    await looksGood(page);
    await page.screenshot({ path: "test-results/publish-live.png" });
  });

  await test.step("the lead's page tells the move, and what it had already", async () => {
    await page.getByRole("link", { name: "Leads", exact: true }).click();
    await page.getByText("ann@publish.example").click();
    await expect(page.getByText(/Moved to version 3 of the flow, to Welcome/)).toBeVisible();
    await expect(page.getByText(/Did not send Welcome: had it already/)).toBeVisible();
    await expect(page.getByText("Sent Last call")).toBeVisible();
    await page.screenshot({ path: "test-results/publish-lead.png" });
  });
});
