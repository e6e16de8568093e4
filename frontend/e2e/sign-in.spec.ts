import { expect, test } from "@playwright/test";
import { slowness } from "./slowness";
import { SIGNED_OUT, TOKEN } from "./system";

/** On a quiet machine, until a page that is open shows that its session was revoked. */
const OUT_MS_MAX = 5_000;

test.use({ storageState: SIGNED_OUT });

test("a link that carries the token signs in, and leaves no trace of it", async ({
  page,
  context,
}) => {
  await page.goto(`/app/sign-in#token=${TOKEN}`);
  await expect(page).toHaveURL(/\/app\/?$/);
  const cookies = await context.cookies();
  const session = cookies.find((it) => it.name === "emailbuilder_session");
  expect(session).toMatchObject({ httpOnly: true, sameSite: "Strict" });
  expect(await page.evaluate(() => JSON.stringify(window.localStorage))).not.toContain("ebk_");
});

test("a page that needs a session leads to the sign-in page, and back", async ({ page }) => {
  await page.goto("/app/campaigns?status=draft");
  await expect(page.getByRole("heading", { name: "Sign in to EmailBuilder" })).toBeVisible();
  await page.getByLabel("API token").fill("ebk_wrongone_0123456789abcdefghijklmnopqrstuvwxyz");
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page.getByText("This API token is invalid or has been revoked")).toBeVisible();
  await page.getByLabel("API token").fill(TOKEN);
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page).toHaveURL(/\/app\/campaigns\?status=draft$/);
  await expect(page.getByRole("heading", { name: "Campaigns", level: 1 })).toBeVisible();
});

test("a form on another site can do nothing, whether signed in or not", async ({
  page,
  context,
  baseURL,
}) => {
  await page.goto(`/app/sign-in#token=${TOKEN}`);
  await expect(page).toHaveURL(/\/app\/?$/);
  const answer = await context.request.post(`${baseURL}/api/v1/campaigns`, {
    data: { name: "forged" },
    headers: { origin: "https://evil.example" },
  });
  expect(answer.status()).toBe(403);
});

test("a browser that is signed in is listed, and is out within 5 s of its revocation", async ({
  page,
  browser,
}) => {
  await page.goto(`/app/sign-in#token=${TOKEN}`);
  await expect(page).toHaveURL(/\/app\/?$/);
  const userAgent = `Elsewhere/${Date.now()}`;
  const elsewhere = await browser.newContext({ storageState: SIGNED_OUT, userAgent });
  const other = await elsewhere.newPage();
  await other.goto(`/app/sign-in#token=${TOKEN}`);
  await expect(other).toHaveURL(/\/app\/?$/);
  // A page that asks the server every two seconds.
  await other.getByRole("link", { name: "Inbox" }).click();
  await expect(other.getByRole("heading", { name: "Inbox", level: 1 })).toBeVisible();

  await page.getByRole("link", { name: "Sessions" }).click();
  await expect(page.getByText("This browser")).toHaveCount(1);
  await page.getByRole("button", { name: `Sign out ${userAgent}` }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Sign out" }).click();
  const out = other.getByRole("dialog", { name: "You are signed out" });
  await Promise.all([
    expect(out).toBeVisible({ timeout: OUT_MS_MAX * slowness() }),
    expect(page.getByText("Signed out 1 browser.")).toBeVisible(),
  ]);
  await expect(page.getByText(userAgent)).toHaveCount(0);

  await other.goto("/app/campaigns");
  await expect(other.getByRole("heading", { name: "Sign in to EmailBuilder" })).toBeVisible();
  await elsewhere.close();
});
