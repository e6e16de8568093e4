import { type BrowserContext, expect, type Page, test } from "@playwright/test";
import { launched } from "./pages";
import { get, post, signIn, TOKEN } from "./system";
import { watched } from "./watched";
import { type Way, wayTo } from "./way";

// They wait for much, and machines may have other things to do.
test.describe.configure({ timeout: 120_000 });

let way: Way;

test.beforeAll(async ({ baseURL }) => {
  way = await wayTo(baseURL ?? "");
});

test.beforeEach(({ context }) => {
  way.answer = null;
  way.lag = null;
  way.losesAnswers = null;
  way.seen.length = 0;
  watched(context);
});

test.afterAll(() => way.close());

const palette = (page: Page, name: string) =>
  page.locator(`section[aria-label=Palette] button:text-is("${name}")`);
const card = (page: Page, id: string) => page.locator(`[data-card="${id}"]`);
const saved = (page: Page) => expect(page.getByText("Saved", { exact: true })).toBeVisible();
const seen = (request: RegExp) => way.seen.filter((it) => request.test(it)).length;

async function draft(page: Page, name: string, more: object = {}): Promise<string> {
  const { campaign_id } = await post(page.request, "/campaigns", { name, ...more });
  return campaign_id;
}

/** The builder of a new campaign, by the way that breaks. */
async function building(page: Page, name: string, more: object = {}): Promise<string> {
  await signIn(page);
  const id = await draft(page, name, more);
  await page.goto(`${way.origin}/app/campaigns/${id}`);
  await expect(card(page, "start")).toBeVisible();
  return id;
}

async function nodesOf(page: Page, id: string): Promise<string[]> {
  const { draft: kept } = await get(page.request, `/campaigns/${id}`);
  return kept.nodes.map((it: { id: string }) => it.id).sort();
}

test("what is drawn offline is kept, and saved when the line is back", async ({
  page,
  context,
}) => {
  const said = watched(context);
  const id = await building(page, "On the train");
  await context.setOffline(true);
  await expect(page.getByText("You are offline.")).toBeVisible();
  await palette(page, "Wait").click();
  await expect(page.getByText("Not saved: no answer; it is tried again by itself")).toBeVisible();
  await palette(page, "End").click();
  await context.setOffline(false);
  await saved(page);
  await expect(page.getByText("You are offline.")).toBeHidden();
  expect(await nodesOf(page, id)).toEqual(["end-1", "start", "wait-1"]);
  expect(said).toEqual([]);
});

test("an answer that is lost on its way is no conflict with oneself", async ({ page }) => {
  const id = await building(page, "Lost answers");
  way.losesAnswers = (method) => method === "PUT";
  await palette(page, "Wait").click();
  await expect(page.getByText(/^Not saved: no answer/)).toBeVisible();
  expect(await nodesOf(page, id)).toEqual(["start", "wait-1"]);
  await palette(page, "Split").click();
  way.losesAnswers = null;
  await saved(page);
  await expect(page.getByRole("dialog")).toHaveCount(0);
  expect(await nodesOf(page, id)).toEqual(["split-1", "start", "wait-1"]);
});

test("a server in trouble is waited for; what it refuses is told", async ({ page }) => {
  const id = await building(page, "In trouble");
  way.answer = (method) =>
    method === "PUT" ? { status: 500, type: "text/plain", body: "Internal Server Error" } : null;
  await palette(page, "Wait").click();
  await expect(page.getByText(/^Not saved: no answer/)).toBeVisible();
  way.answer = null;
  await saved(page);
  expect(await nodesOf(page, id)).toEqual(["start", "wait-1"]);
});

test("a session that ends in the middle of the work costs none of it", async ({
  page,
  context,
}) => {
  const said = watched(context);
  const id = await building(page, "Signed out");
  const address = page.url();
  await context.clearCookies();
  await palette(page, "Wait").click();
  const dialog = page.getByRole("dialog", { name: "You are signed out" });
  await expect(dialog).toBeVisible();
  await dialog.getByRole("button", { name: "Not now" }).click();
  await expect(page.getByText("Not saved: you are signed out")).toBeVisible();
  await palette(page, "End").click();
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
  const token = dialog.getByLabel("API token, or a link that carries one");
  await token.fill("ebk_wrongone_0123456789abcdefghijklmnopqrstuvwxyz");
  await dialog.getByRole("button", { name: "Sign in" }).click();
  await expect(dialog.getByText("This API token opens nothing here")).toBeVisible();
  await token.fill(`${way.origin}/app/sign-in#token=${TOKEN}`);
  await dialog.getByRole("button", { name: "Sign in" }).click();
  await saved(page);
  await expect(dialog).toBeHidden();
  expect(page.url()).toBe(address);
  expect(await nodesOf(page, id)).toEqual(["end-1", "start", "wait-1"]);

  // Or signed in again in another tab.
  await context.clearCookies();
  await palette(page, "Split").click();
  await expect(dialog).toBeVisible();
  const other = await context.newPage();
  await signIn(other);
  await saved(page);
  await expect(dialog).toBeHidden();
  expect(said).toEqual([]);
});

test("a campaign that is deleted under its builder can be kept", async ({ page, context }) => {
  const said = watched(context);
  const id = await building(page, "Short-lived");
  await remove(page, id);
  await palette(page, "Wait").click();
  const dialog = page.getByRole("dialog", { name: "Short-lived was deleted" });
  await expect(dialog).toContainText("Its flow of 2 nodes is still in this window");
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "Keep it" }).click();
  await dialog.getByRole("button", { name: "Keep as a new draft" }).click();
  await expect(page).not.toHaveURL(new RegExp(id));
  await expect(card(page, "wait-1")).toBeVisible();
  await expect(page.getByLabel("Campaign name")).toHaveValue("Short-lived");
  await saved(page);
  expect(said).toEqual([]);
});

async function remove(page: Page, id: string): Promise<void> {
  const headers = { authorization: `Bearer ${TOKEN}` };
  const { status } = await get(page.request, `/campaigns/${id}`);
  if (status !== "draft") {
    await post(page.request, `/campaigns/${id}/cancel`, {});
  }
  const answer = await page.request.delete(`/api/v1/campaigns/${id}`, { headers });
  expect(answer.ok(), await answer.text()).toBe(true);
}

async function tab(context: BrowserContext, path: string): Promise<Page> {
  const page = await context.newPage();
  await page.goto(path);
  return page;
}

test("a lead and its campaign vanish while their pages are open", async ({ page, context }) => {
  const said = watched(context);
  await signIn(page);
  const id = await launched(page.request, "Vanishing");
  const { leads } = await get(page.request, `/campaigns/${id}/leads?limit=1`);
  const path = `/app/campaigns/${id}`;
  const [live, list, lead, importing] = await Promise.all(
    ["", "/leads", `/leads/${leads[0].lead_id}`, "/import"].map((it) => tab(context, path + it)),
  );
  if (!live || !list || !lead || !importing) {
    throw new Error("not all pages are open");
  }
  await expect(live.getByText("No wait has ended yet")).toBeVisible();
  await expect(list.getByRole("link", { name: /@example\.com/ }).first()).toBeVisible();
  await expect(lead.getByRole("heading", { name: "Place" })).toBeVisible();
  await expect(importing.getByText("Drop a CSV file here")).toBeVisible();
  await lead.getByRole("button", { name: "More actions" }).click();
  await lead.getByRole("menuitem", { name: "Skip the wait …" }).click();
  await remove(page, id);

  await expect(live.getByRole("dialog", { name: "Vanishing was deleted" })).toBeVisible();
  await expect(list.getByRole("heading", { name: "There is no such campaign" })).toBeVisible();
  await expect(lead.getByRole("heading", { name: "This lead is gone" })).toBeVisible();
  await expect(lead.getByRole("dialog")).toHaveCount(0);
  await importing.getByLabel("Or paste rows").fill("email\nann@vanishing.example\n");
  await importing.getByRole("button", { name: "Look at these rows" }).click();
  await expect(importing.getByRole("heading", { name: "There is no such campaign" })).toBeVisible();

  await live.getByRole("button", { name: "Leave it" }).click();
  await expect(live.getByRole("heading", { name: "Campaigns", level: 1 })).toBeVisible();
  expect(said).toEqual([]);
});

test("a lead that moved on meanwhile is not steered by what one saw of it", async ({ page }) => {
  await signIn(page);
  const id = await launched(page.request, "Steered");
  const { leads } = await get(page.request, `/campaigns/${id}/leads?limit=1`);
  const lead = `/campaigns/${id}/leads/${leads[0].lead_id}`;
  await page.goto(`${way.origin}/app${lead}`);
  await page.getByRole("button", { name: "More actions" }).click();
  await page.getByRole("menuitem", { name: "Skip the wait …" }).click();
  // The page learns nothing more before the button is pressed.
  way.lag = (method, path) => (method === "GET" && path.endsWith(lead) ? 4_000 : 0);
  const { revision } = await get(page.request, lead);
  await post(page.request, `${lead}/skip-wait`, { revision, words: "" });
  await page.getByRole("button", { name: "Skip the wait" }).click();
  await expect(page.getByText(/moved on|changed|has gone on|is no longer/i).first()).toBeVisible();
});

test("while the answer takes its time a button does its work once", async ({ page }) => {
  const flow = {
    nodes: [
      { id: "start", type: "start" },
      { id: "pause", type: "wait", configuration: { amount: 3, unit: "days" } },
      { id: "mail", type: "sendEmail", configuration: { subject: "Hi", body: "<p>Hello</p>" } },
    ],
    connections: [
      { from_node: "start", to_node: "pause" },
      { from_node: "pause", to_node: "mail" },
    ],
    contacts: [{ email: "once@example.com" }],
  };
  const id = await building(page, "Once only", flow);
  way.lag = (method, path) => (method === "GET" ? 0 : path.endsWith("/launch") ? 3_000 : 1_000);

  await page.getByRole("button", { name: "Launch …" }).click();
  const launch = page.getByRole("dialog").getByRole("button", { name: "Launch to 1 contact" });
  await launch.dblclick();
  await expect(launch).toHaveAttribute("aria-busy", "true");
  await launch.click({ force: true, timeout: 1_000 }).catch(() => undefined);
  await expect(page.getByText("Running")).toBeVisible();
  expect(seen(/^POST .*\/launch$/)).toBe(1);

  await page.goto(`${way.origin}/app/campaigns/${id}/import`);
  await page.getByLabel("Or paste rows").fill("email\nann@once.example\n");
  await page.getByRole("button", { name: "Look at these rows" }).click();
  await expect(page.getByRole("status", { name: "Loading" })).toBeVisible();
  await page.getByRole("button", { name: "Import 1 contact" }).dblclick();
  await expect(page.getByRole("region", { name: "Result" })).toBeVisible();
  expect(seen(/^POST .*\/contacts$/)).toBe(1);

  await page.goto(`${way.origin}/app/campaigns?open=new`);
  await page.getByRole("dialog").getByLabel("Name").fill("Twice pressed");
  await page.getByRole("button", { name: "Create campaign" }).dblclick();
  await expect(page.getByRole("button", { name: "Create campaign" })).toBeDisabled();
  await expect(page.getByLabel("Campaign name")).toHaveValue("Twice pressed");
  expect(seen(/^POST .*\/campaigns$/)).toBe(1);

  way.lag = (method, path) => (method === "GET" && path.startsWith("/api") ? 3_000 : 0);
  await page.goto(`${way.origin}/app`);
  await expect(page.getByRole("heading", { name: "Home", level: 1 })).toBeVisible();
  await expect(page.getByRole("status", { name: "Loading" })).toBeVisible();
  await expect(page.getByText("Sent today")).toBeVisible();
});
