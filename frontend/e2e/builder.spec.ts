import { expect, type Page, test } from "@playwright/test";
import { get, post } from "./system";

const card = (page: Page, id: string) => page.locator(`[data-card="${id}"]`);

async function open(page: Page, id: string): Promise<void> {
  await page.goto(`/app/campaigns/${id}`);
  await expect(card(page, "start")).toBeVisible();
}

/** The connections of the draft in the API, once everything is saved. */
async function connections(page: Page, id: string): Promise<string[]> {
  await expect(page.getByText("Saved", { exact: true })).toBeVisible();
  const { draft } = await get(page.request, `/campaigns/${id}`);
  return draft.connections
    .map(
      (it: { from_node: string; to_node: string; from_port?: string }) =>
        `${it.from_node}.${it.from_port ?? "next"}>${it.to_node}`,
    )
    .sort();
}

async function blank(page: Page, name: string): Promise<string> {
  const { campaign_id } = await post(page.request, "/campaigns", { name });
  await open(page, campaign_id);
  return campaign_id;
}

async function drag(page: Page, from: string, to: { x: number; y: number }): Promise<void> {
  await page.locator(from).hover();
  await page.mouse.down();
  await page.mouse.move(to.x + 30, to.y + 30, { steps: 4 });
  await page.mouse.move(to.x, to.y, { steps: 8 });
  await page.mouse.up();
}

const palette = (name: string) => `section[aria-label=Palette] button:text-is("${name}")`;

test("a flow is drawn by mouse: picker, palette, drop on an edge, undo", async ({ page }) => {
  const id = await blank(page, "By mouse");
  await page.locator('[data-port="start/next"]').click();
  await page.getByRole("option", { name: /Send e-mail/ }).click();
  await page.getByLabel("Subject", { exact: true }).fill("Hello");
  await page.getByLabel("Body, HTML").fill('<p><a href="https://example.com/a">Look</a></p>');
  await page.locator(palette("Condition")).click();
  await page.locator('[data-port="condition-1/yes"]').click();
  await page.getByRole("option", { name: /^End/ }).click();
  await page.locator('[data-port="condition-1/no"]').click();
  await page.getByRole("option", { name: "Finished" }).click();
  const edge = page.locator('.react-flow__edge[data-id="email-1/next"] path').first();
  const box = await edge.boundingBox();
  if (!box) {
    throw new Error("the edge is not drawn");
  }
  await drag(page, palette("Wait"), { x: box.x + box.width / 2, y: box.y + box.height / 2 });
  await expect(card(page, "wait-1")).toBeVisible();
  const drawn = [
    "condition-1.no>end-1",
    "condition-1.yes>end-1",
    "email-1.next>wait-1",
    "start.next>email-1",
    "wait-1.next>condition-1",
  ];
  await expect(() => expect(connections(page, id)).resolves.toEqual(drawn)).toPass();
  await expect(page.getByText("No problems")).toBeVisible();
  await expect(page.locator(".react-flow__edge-path")).toHaveCount(drawn.length);

  // From a port onto a card.
  await card(page, "condition-1").hover();
  const dot = '.react-flow__node[data-id="condition-1"] .react-flow__handle[data-handleid="no"]';
  const target = await card(page, "wait-1").boundingBox();
  if (!target) {
    throw new Error("the wait is not drawn");
  }
  await drag(page, dot, { x: target.x + target.width / 2, y: target.y + 6 });
  await expect(() =>
    expect(connections(page, id)).resolves.toContain("condition-1.no>wait-1"),
  ).toPass();
  await page.keyboard.press("Control+z");

  await card(page, "wait-1").click();
  await page.keyboard.press("Delete");
  await expect(card(page, "wait-1")).toHaveCount(0);
  await expect(() =>
    expect(connections(page, id)).resolves.toContain("email-1.next>condition-1"),
  ).toPass();
  await page.keyboard.press("Control+z");
  await expect(() => expect(connections(page, id)).resolves.toEqual(drawn)).toPass();
  await page.keyboard.press("Control+Shift+z");
  await expect(card(page, "wait-1")).toHaveCount(0);
});

test("a flow is drawn by keyboard alone, and the canvas is not a focus trap", async ({ page }) => {
  const id = await blank(page, "By keys");
  const keys = page.keyboard;
  const add = async (typed: string, made: string) => {
    await keys.press("Tab");
    await expect(page.getByRole("dialog", { name: "Add a node" })).toBeVisible();
    await keys.type(typed);
    await keys.press("Enter");
    await expect(card(page, made)).toBeFocused();
  };
  // With Tab from the page's beginning to the canvas: the start card is one of the stops.
  for (let stop = 0; stop < 40; stop += 1) {
    await keys.press("Tab");
    if (await card(page, "start").evaluate((it) => it === document.activeElement)) {
      break;
    }
  }
  await expect(card(page, "start")).toBeFocused();
  await keys.press("ArrowDown");
  await add("send", "email-1");
  await keys.press("Enter");
  await expect(page.getByLabel("Subject", { exact: true })).toBeFocused();
  await keys.type("Hello");
  await keys.press("Tab");
  await keys.press("Tab");
  await keys.type("<p>Good day</p>");
  await keys.press("Escape");
  await expect(card(page, "email-1")).toBeFocused();
  // It is no longer selected: an arrow selects it again.
  await keys.press("ArrowDown");
  await add("wait", "wait-1");
  await add("condition", "condition-1");
  await add("end", "end-1");
  await keys.press("ArrowUp");
  await expect(card(page, "condition-1")).toBeFocused();
  // The picker begins at the open exit: no.
  await add("send", "email-2");
  await keys.press("ArrowUp");
  await keys.press("Control+d");
  await expect(() =>
    expect(connections(page, id)).resolves.toEqual(
      expect.arrayContaining([
        "condition-1.no>email-2",
        "email-1.next>wait-1",
        "start.next>email-1",
        "wait-1.next>condition-1",
      ]),
    ),
  ).toPass();
  await keys.press("Escape");
  const before = await page.evaluate(() => document.activeElement?.outerHTML);
  await keys.press("Tab");
  await keys.press("Tab");
  expect(await page.evaluate(() => document.activeElement?.outerHTML)).not.toBe(before);
  expect(await page.getByRole("dialog").count()).toBe(0);
});

test("Tab leads on from the builder's fields and from its canvas", async ({ page }) => {
  const { campaign_id: id } = await post(page.request, "/campaigns", {
    name: "Keys",
    nodes: [
      { id: "start", type: "start" },
      { id: "mail", type: "sendEmail", configuration: { subject: "Hi", body: "<p>Hi</p>" } },
    ],
    connections: [{ from_node: "start", to_node: "mail" }],
  });
  await page.goto(`/app/campaigns/${id}`);
  const card = page.locator('[data-card="mail"]');
  await card.click();
  const body = page.getByLabel("Body, HTML");
  await body.focus();
  await body.press("End");
  await page.keyboard.type("{{");
  await expect(page.getByRole("listbox", { name: "Merge tags" })).toBeVisible();
  // The list takes one Tab, then it closes.
  await page.keyboard.press("Tab");
  await expect(body).toBeFocused();
  await page.keyboard.press("Tab");
  await expect(body).not.toBeFocused();
  await page.keyboard.press("Shift+Tab");
  await expect(body).toBeFocused();
  await page.keyboard.press("Shift+Tab");
  await expect(body).not.toBeFocused();
  // On a selected card, Tab opens the picker; the second Tab closes it, and the third leads on.
  await card.click();
  await page.keyboard.press("Tab");
  await expect(page.getByRole("dialog", { name: "Add a node" })).toBeVisible();
  await page.keyboard.press("Tab");
  await expect(page.getByRole("dialog")).toHaveCount(0);
  await expect(card).toBeFocused();
  await page.keyboard.press("Tab");
  await expect(page.getByRole("dialog")).toHaveCount(0);
  await expect(card).not.toBeFocused();
});

test("nodes are pasted into another campaign", async ({ page, context }) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  const source = await blank(page, "Source");
  await page.locator('[data-port="start/next"]').click();
  await page.getByRole("option", { name: /Send e-mail/ }).click();
  await page.getByLabel("Subject", { exact: true }).fill("Once written");
  await page.locator(palette("Wait")).click();
  await page.keyboard.press("Escape");
  await page.keyboard.press("Control+a");
  await page.keyboard.press("Control+c");
  await expect(() =>
    expect(connections(page, source)).resolves.toContain("email-1.next>wait-1"),
  ).toPass();

  const target = await post(page.request, "/campaigns", { name: "Target" });
  await open(page, target.campaign_id);
  await card(page, "start").click();
  await page.keyboard.press("Control+v");
  await expect(card(page, "email-1")).toContainText("Once written");
  await expect(() =>
    expect(connections(page, target.campaign_id)).resolves.toEqual([
      "email-1.next>wait-1",
      "start.next>email-1",
    ]),
  ).toPass();
});

test("of two editors, neither overwrites the other without asking", async ({ page, browser }) => {
  const id = await blank(page, "Both at once");
  const other = await browser.newContext();
  const theirs = await other.newPage();
  await open(theirs, id);

  await page.locator(palette("Wait")).click();
  await expect(() =>
    expect(connections(page, id)).resolves.toEqual(["start.next>wait-1"]),
  ).toPass();
  await theirs.locator(palette("Split")).click();
  const dialog = theirs.getByRole("dialog", { name: "Someone else changed this flow" });
  await expect(dialog).toBeVisible();
  expect(await connections(page, id)).toEqual(["start.next>wait-1"]);

  await dialog.getByRole("button", { name: "Decide later" }).click();
  await expect(theirs.getByText("Not saved: changed by someone else")).toBeVisible();
  await theirs.getByRole("button", { name: "Decide", exact: true }).click();
  await dialog.getByRole("button", { name: "Overwrite with mine" }).click();
  await expect(() =>
    expect(connections(theirs, id)).resolves.toEqual(["start.next>split-1"]),
  ).toPass();

  await page.locator(palette("End")).click();
  await page.getByRole("button", { name: "Use theirs" }).click();
  await expect(card(page, "split-1")).toBeVisible();
  await page.keyboard.press("Control+z");
  await expect(card(page, "end-1")).toBeVisible();
  await other.close();
});

test("a huge flow opens, and the keyboard moves through it", async ({ page }) => {
  const nodes = Array.from({ length: 2000 }, (_, place) =>
    place === 0
      ? { id: "start", type: "start" }
      : { id: `w${place}`, type: "wait", configuration: { amount: 1, unit: "days" } },
  );
  const connections = nodes
    .slice(1)
    .map((it, place) => ({ from_node: nodes[place]?.id, to_node: it.id }));
  const huge = await post(page.request, "/campaigns", { name: "Huge", nodes, connections });
  await open(page, huge.campaign_id);
  await expect(page.locator(".react-flow__edge-path")).not.toHaveCount(0);
  await card(page, "start").click();
  await page.keyboard.press("ArrowDown");
  await expect(card(page, "w1")).toBeFocused();
});
