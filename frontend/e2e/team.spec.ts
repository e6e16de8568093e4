/** What differs in a team's stack: Next.js's own server, a proxy before it, real brokers. */
import { expect, type Page, test } from "@playwright/test";
import { launched, PAGE_NAMES, pathOf } from "./pages";
import * as steps from "./steps";

const ROWS = ["email,first_name", "ann@team.example,Ann", "bo@team.example,Bo"];

/** The browser's messages about scripts, pictures and calls that the page's policy forbids. */
function complaints(page: Page): string[] {
  const heard: string[] = [];
  page.on("console", (it) => {
    if (it.text().includes("Content Security Policy")) {
      heard.push(`${page.url()}: ${it.text()}`);
    }
  });
  return heard;
}

test("a campaign goes through workers and broker, is paused and resumed", async ({ page }) => {
  test.slow();
  const heard = complaints(page);
  await steps.newCampaign(page, "Team story");
  await steps.drawFlow(page);
  await steps.importFile(page, "team.csv", ROWS, 2);
  await steps.launch(page, 2);
  await expect(steps.countOn(page, "Send Hello", "2 leads sent")).toBeVisible();
  await expect(steps.countOn(page, "Clicked", "2 leads waiting")).toBeVisible();

  await steps.pause(page);
  await steps.readMail(page, "ann@team.example", "our pricing");
  await launched(page.request, "Meanwhile");
  await steps.openFlow(page, "Team story");
  await expect(steps.countOn(page, "Clicked", "2 leads waiting")).toBeVisible();

  await steps.resume(page);
  await expect(steps.countOn(page, "You had a look", "1 lead sent")).toBeVisible();
  await expect(steps.countOn(page, "Clicked", "1 lead waiting")).toBeVisible();
  const story = await steps.storyOf(page, "ann@team.example");
  await expect(story).toContainText([/: took yes/, /^Sent You had a look/]);
  expect(heard).toEqual([]);
});

test("every page opens by its address and runs our own scripts, nothing else", async ({ page }) => {
  const heard = complaints(page);
  for (const name of PAGE_NAMES) {
    await page.goto(pathOf(name));
    await expect(page.getByRole("heading", { level: 1 }), name).toBeVisible();
    await expect(page.getByRole("navigation").first(), name).toBeVisible();
  }
  expect(heard).toEqual([]);
  const ran = await page.evaluate(() => {
    const script = document.createElement("script");
    script.textContent = "document.title = 'not ours'";
    document.body.append(script);
    return document.title;
  });
  expect(ran).not.toBe("not ours");
  expect(heard).toHaveLength(1);
});
