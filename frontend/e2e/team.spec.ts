/** What differs in a team's stack: Next.js's own server, a proxy before it, real brokers. */
import { expect, test } from "@playwright/test";
import { complaints } from "./complaints";
import { launched } from "./pages";
import * as steps from "./steps";

const ROWS = ["email,first_name", "ann@team.example,Ann", "bo@team.example,Bo"];

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
