import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, type Page, test } from "@playwright/test";
import { get, post } from "./system";
import { watched } from "./watched";

const MEGABYTE = 1024 * 1024;

/** A contact file of this many megabytes. */
function contactFile(folder: string, megabytes: number): string {
  const path = join(folder, "everybody.csv");
  const file = openSync(path, "w");
  writeSync(file, "email,first_name,plan\n");
  for (let part = 0; part < megabytes; part += 1) {
    let rows = "";
    for (let row = 0; rows.length < MEGABYTE; row += 1) {
      rows += `reader-${part}-${row}@example.com,Reader ${row},${row % 3 ? "free" : "pro"}\n`;
    }
    writeSync(file, rows);
  }
  closeSync(file);
  return path;
}

async function heapMegabytes(page: Page): Promise<number> {
  const session = await page.context().newCDPSession(page);
  await session.send("HeapProfiler.collectGarbage");
  await session.send("Performance.enable");
  const { metrics } = await session.send("Performance.getMetrics");
  await session.detach();
  return (metrics.find((it) => it.name === "JSHeapUsedSize")?.value ?? 0) / MEGABYTE;
}

test("of 200 MB of contacts the beginning is checked; the upload of the rest can be stopped", async ({
  page,
  context,
}) => {
  const said = watched(context);
  const folder = mkdtempSync(join(tmpdir(), "emailbuilder-large-"));
  try {
    const path = contactFile(folder, 200);
    const { campaign_id: id } = await post(page.request, "/campaigns", { name: "Everybody" });
    await page.goto(`/app/campaigns/${id}/import`);
    const before = await heapMegabytes(page);
    const previews: number[] = [];
    page.on("request", (it) => {
      if (it.url().includes("/contacts/preview")) {
        previews.push(Number(it.headers()["content-length"] ?? 0));
      }
    });
    await page.getByLabel("Contact file").setInputFiles(path);
    await expect(page.getByText("everybody.csv")).toBeVisible();
    await expect(page.getByText(/^Counted in the first 1 MB/)).toBeVisible();
    await expect(page.getByText("200 MB")).toBeVisible();
    expect(previews.every((it) => it <= MEGABYTE)).toBe(true);

    await page.getByRole("button", { name: "Import the file" }).click();
    const sending = page.getByRole("region", { name: "Uploading" });
    await expect(sending.getByRole("progressbar", { name: "Uploaded so far" })).toBeVisible();
    await expect(sending.getByText(/^[1-9]\d* MB of 200 MB/)).toBeVisible();
    expect(await heapMegabytes(page)).toBeLessThan(before + 20);
    await sending.getByRole("button", { name: "Stop" }).click();
    await expect(page.getByRole("button", { name: "Import the file" })).toBeVisible();
    await expect(page.getByText(/connection was lost|did not work/)).toHaveCount(0);
    const { jobs } = await get(page.request, `/campaigns/${id}/jobs`);
    expect(jobs).toEqual([]);
  } finally {
    rmSync(folder, { recursive: true });
  }
  expect(said).toEqual([]);
});

test("right-to-left names and emoji do not disturb the text around them", async ({ page }) => {
  const name = "مبيعات الربيع (2026) 🌷";
  const { campaign_id: id } = await post(page.request, "/campaigns", {
    name,
    nodes: [
      { id: "start", type: "start" },
      { id: "w", type: "wait", name: "המתנה (3)", configuration: { amount: 3, unit: "days" } },
      {
        id: "m",
        type: "sendEmail",
        configuration: { subject: "שלום {{contact.first_name}}!", body: "<p>مرحبا</p>" },
      },
    ],
    connections: [
      { from_node: "start", to_node: "w" },
      { from_node: "w", to_node: "m" },
    ],
    contacts: [{ email: "sara@example.com", first_name: "שרה 🦊" }],
    launch: true,
  });
  // In a sentence of ours, the text after a name stays to the right of it.
  const follows = async (text: RegExp) => {
    const places = await page.evaluate((pattern) => {
      const sought = new RegExp(pattern, "u");
      const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
      const found: number[] = [];
      for (let node = walker.nextNode(); node; node = walker.nextNode()) {
        const match = sought.exec(node.textContent ?? "");
        if (match) {
          const at = (index: number) => {
            const range = document.createRange();
            range.setStart(node, index);
            range.setEnd(node, index + 1);
            return range.getBoundingClientRect().left;
          };
          const nameAt = match.index + match[0].indexOf("(");
          found.push(at(match.index + match[0].length - 1) - at(nameAt));
        }
      }
      return found;
    }, text.source);
    expect(places.length).toBeGreaterThan(0);
    expect(places.every((it) => it > 0)).toBe(true);
  };
  await expect(async () => {
    expect((await get(page.request, `/campaigns/${id}`)).counts.nodes.w?.waiting).toBe(1);
  }).toPass();
  await page.goto(`/app/campaigns/${id}`);
  await page.getByRole("button", { name: "Pause", exact: true }).click();
  await expect(page.getByRole("dialog")).toContainText("with 1 lead in progress?");
  await follows(/\(2026\).*with 1/);
  await page.keyboard.press("Escape");
  await page.goto(`/app/campaigns/${id}/leads`);
  await page.getByRole("link", { name: "sara@example.com" }).click();
  await expect(page.getByText("at המתנה (3)")).toBeVisible();
  const campaign = page.getByRole("link", { name });
  const contacts = page.getByRole("link", { name: "Contacts", exact: true });
  const [left, right] = [await campaign.boundingBox(), await contacts.boundingBox()];
  expect((left?.x ?? 0) + (left?.width ?? 0)).toBeLessThan(right?.x ?? 0);
  await page.goto("/app/campaigns");
  const heading = await page.getByRole("columnheader", { name: "Name" }).boundingBox();
  const link = page.getByRole("link", { name });
  const begins = await link.evaluate((it) => {
    const range = document.createRange();
    range.selectNodeContents(it);
    return range.getBoundingClientRect().left;
  });
  expect(Math.abs(begins - (heading?.x ?? 0))).toBeLessThan(60);
  await page.getByRole("button", { name: `Actions for ${name}` }).click();
  await page.getByRole("menuitem", { name: "Pause" }).click();
  await expect(page.getByText("is paused")).toBeVisible();
  await follows(/\(2026\).*is paused/);
});
