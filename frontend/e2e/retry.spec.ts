import AxeBuilder from "@axe-core/playwright";
import { type APIRequestContext, expect, type Page, test } from "@playwright/test";
import { get, post } from "./system";

const PARTS = "{{ 12 | divided_by: contact.shares }}";
const SHARES = [0, 0, 0, 4, 0];

/** A launched campaign in which the e-mail of four of five contacts could not be rendered; one of
 * these has been suppressed since. */
async function withFailures(request: APIRequestContext, name: string): Promise<string> {
  const email = (place: number) => `${name}-${place}@example.com`;
  const { campaign_id: id } = await post(request, "/campaigns", {
    name,
    nodes: [
      { id: "start", type: "start" },
      {
        id: "report",
        type: "sendEmail",
        configuration: { subject: "Your report", body: `<p>Your part is ${PARTS}.</p>` },
      },
      { id: "pause", type: "wait", configuration: { mode: "duration", amount: 3, unit: "days" } },
    ],
    connections: [
      { from_node: "start", to_node: "report" },
      { from_node: "report", to_node: "pause" },
    ],
    contacts: SHARES.map((shares, place) => ({ email: email(place), shares })),
    launch: true,
  });
  await expect
    .poll(async () => (await get(request, `/campaigns/${id}`)).counts.leads.failed)
    .toBe(4);
  await post(request, "/suppressions", { email: email(0) });
  return id;
}

async function opened(page: Page, leads: number) {
  await page.getByRole("button", { name: `Retry ${leads} failed leads…` }).click();
  return page.getByRole("dialog", { name: "Retry failed leads" });
}

test("failed leads are counted by why they failed, chosen, and retried together", async ({
  page,
}) => {
  const id = await withFailures(page.request, "retry-story");
  await page.goto(`/app/campaigns/${id}/leads?status=failed`);
  const dialog = await opened(page, 4);

  await test.step("the dialog counts them, and says who is left out", async () => {
    await expect(dialog.getByRole("checkbox", { name: /^All failed leads/ })).toBeChecked();
    const group = dialog.getByRole("checkbox", { name: /Your report.*can.t divide/ });
    await expect(group).toBeChecked();
    await expect(dialog).toContainText("1 not retried: suppressed");
    await group.uncheck();
    await expect(dialog.getByRole("button", { name: "Retry 0 leads" })).toBeDisabled();
    await group.check();
  });

  await test.step("they are retried once, whatever is pressed twice", async () => {
    await dialog.getByRole("button", { name: "Retry 3 leads" }).dblclick();
    await expect(dialog).toContainText("3 leads are retried");
    await expect(dialog).toContainText("1 not retried: suppressed");
    const { jobs } = await get(page.request, `/campaigns/${id}/jobs`);
    expect(jobs.filter((it: { kind: string }) => it.kind === "retry")).toHaveLength(1);
    await page.keyboard.press("Escape");
    await expect(dialog).toBeHidden();
  });

  await test.step("each lead's timeline says what was done", async () => {
    await page.getByRole("link", { name: "retry-story-1@example.com" }).click();
    await expect(page.getByRole("main")).toContainText(
      "A person retried Your report together with other failed leads (message 2, a retry of message 1)",
    );
  });
});

test("the live view offers it, and the dialog is accessible and works by keyboard", async ({
  page,
}) => {
  const id = await withFailures(page.request, "retry-live");
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    await page.goto(`/app/campaigns/${id}`);
    const opener = page.getByRole("button", { name: "Retry 4 failed leads…" });
    await opener.focus();
    await page.keyboard.press("Enter");
    const dialog = page.getByRole("dialog", { name: "Retry failed leads" });
    await expect(dialog.getByRole("button", { name: "Retry 3 leads" })).toBeEnabled();
    const found = await new AxeBuilder({ page }).analyze();
    expect(found.violations).toEqual([]);
    await page.keyboard.press("Shift+Tab");
    await page.keyboard.press("Shift+Tab");
    await expect(dialog.getByRole("checkbox", { name: /^All failed leads/ })).toBeFocused();
    await page.keyboard.press("Space");
    await expect(dialog.getByRole("button", { name: "Retry 0 leads" })).toBeDisabled();
    await page.keyboard.press("Escape");
    await expect(opener).toBeFocused();
  }
});
