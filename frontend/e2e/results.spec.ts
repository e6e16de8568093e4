import { readFileSync } from "node:fs";
import { expect, type Page, test } from "@playwright/test";
import { FIRST_NAMES, pathOf } from "./pages";

/** The downloaded file. */
async function downloaded(page: Page, press: () => Promise<void>) {
  const coming = page.waitForEvent("download");
  await press();
  const download = await coming;
  return { name: download.suggestedFilename(), bytes: readFileSync(await download.path()) };
}

test("results are a tab of a campaign, with files of its tables and a picture of its chart", async ({
  page,
}) => {
  const scripts = new Set<string>();
  page.on("request", (it) => it.url().endsWith(".js") && scripts.add(it.url()));
  const withLibrary = async () => {
    const texts = [...scripts].map(async (it) => (await page.request.get(it)).text());
    return (await Promise.all(texts)).filter((it) => it.includes("recharts-responsive")).length;
  };
  await page.goto(pathOf("live"));
  await page.waitForLoadState("networkidle");
  expect(await withLibrary(), "the chart's library is loaded on demand").toBe(0);
  await page.getByText("Results", { exact: true }).click();
  const welcome = page.getByRole("row", { name: /Welcome, \{first_name\}/ });
  await expect(welcome.getByRole("cell").first()).toHaveText(`${FIRST_NAMES.length}`);
  await expect(page.getByRole("img", { name: /^Chart of All e-mails: 9 sent/ })).toBeVisible();
  await expect(page.locator(".recharts-line-curve, .recharts-line-dot").first()).toBeAttached();
  expect(await withLibrary()).toBeGreaterThan(0);

  const table = await downloaded(page, () =>
    page.getByRole("link", { name: "Download CSV" }).first().click(),
  );
  expect(table.name).toMatch(/^results-.+\.csv$/);
  expect(table.bytes.toString()).toContain("email,welcome,");
  const times = await downloaded(page, () =>
    page.getByRole("link", { name: "Download CSV" }).last().click(),
  );
  expect(times.bytes.toString()).toMatch(/^at,sent,[\s\S]+:00:00\+00:00,9,0,/);
  const picture = await downloaded(page, () =>
    page.getByRole("button", { name: "Save chart as PNG" }).click(),
  );
  expect(picture.name).toBe("spring-welcome-all-e-mails.png");
  expect(picture.bytes.subarray(0, 8).toString("hex")).toBe("89504e470d0a1a0a");
  expect(picture.bytes.readUInt32BE(16)).toBeGreaterThan(1_000);
});
