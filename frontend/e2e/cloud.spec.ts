/** What differs in the cloud: a site before the bucket with the pages and before the API. */
import { type APIResponse, expect, test } from "@playwright/test";
import { complaints } from "./complaints";
import * as steps from "./steps";
import { SIGNED_OUT, TOKEN } from "./system";

test.use({ storageState: SIGNED_OUT });

const ROWS = ["email,first_name", "ann@cloud.example,Ann", "bo@cloud.example,Bo"];
const KEPT_SECONDS = 31_536_000;

/** A header's value, without which the test ends. */
function header(answer: APIResponse, name: string): string {
  const value = answer.headers()[name];
  expect(value, name).toBeDefined();
  return value ?? "";
}

test("a campaign is drawn and launched at the site; a reader's click moves its lead on", async ({
  page,
  context,
}) => {
  test.slow();
  const heard = complaints(page);
  await page.goto(`/app/sign-in#token=${TOKEN}`);
  await expect(page).toHaveURL(/\/app\/?$/);
  const session = (await context.cookies()).find((it) => it.name.endsWith("emailbuilder_session"));
  expect(session).toMatchObject({ name: "__Host-emailbuilder_session", secure: true });

  await steps.newCampaign(page, "Cloud story");
  await steps.drawFlow(page);
  await steps.importFile(page, "cloud.csv", ROWS, 2);
  await steps.launch(page, 2);
  await expect(steps.countOn(page, "Clicked", "2 leads waiting")).toBeVisible();

  // The reader's page is closed as soon as it is open.
  const following = context.waitForEvent("response", (it) =>
    new URL(it.url()).pathname.startsWith("/t/c/"),
  );
  await steps.readMail(page, "ann@cloud.example", "our pricing");
  const followed = await following;
  expect(new URL(followed.url()).origin).toBe(new URL(page.url()).origin);
  expect(followed.headers().location).toBe("https://example.com/pricing");

  await steps.openFlow(page, "Cloud story");
  await expect(steps.countOn(page, "You had a look", "1 lead sent")).toBeVisible();
  const story = await steps.storyOf(page, "ann@cloud.example");
  await expect(story).toContainText([/^Sent Hello Ann/, /: took yes/, /^Sent You had a look/]);
  expect(heard).toEqual([]);
});

test("pages are looked up each time, their files are kept, and the API's answers never", async ({
  request,
}) => {
  const page = await request.get("/app/campaigns/c-1");
  expect(header(page, "cache-control")).toBe("no-cache");
  expect(header(page, "content-security-policy")).toMatch(/script-src 'self' 'sha256-/);
  const [, script = ""] = /src="([^"]+\.js)"/.exec(await page.text()) ?? [];
  const file = await request.get(script);
  expect(header(file, "cache-control")).toBe(`public, max-age=${KEPT_SECONDS}, immutable`);
  for (const it of [page, file]) {
    expect(header(it, "strict-transport-security")).toBe(`max-age=${KEPT_SECONDS}`);
    expect(header(it, "x-content-type-options")).toBe("nosniff");
    expect(header(it, "referrer-policy")).toBe("no-referrer");
    expect(it.headers()["x-amz-meta-policy"]).toBeUndefined();
  }
  const answer = await request.get("/api/v1/campaigns");
  expect(answer.status()).toBe(401);
  expect(header(answer, "cache-control")).toBe("no-store");
  expect((await request.get("/app/nowhere")).status()).toBe(404);
});
