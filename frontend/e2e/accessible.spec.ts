import AxeBuilder from "@axe-core/playwright";
import { expect, test } from "@playwright/test";
import { pages } from "./pages";
import { signIn } from "./system";

for (const theme of ["light", "dark"] as const) {
  test(`no page has a barrier that axe knows of, ${theme}`, async ({ page, request }) => {
    test.setTimeout(180_000);
    await page.emulateMedia({ colorScheme: theme, reducedMotion: "reduce" });
    await page.goto("/app/sign-in");
    await noBarriers(page, "sign-in");
    await signIn(page);
    for (const [name, path] of Object.entries(await pages(request))) {
      await page.goto(path);
      await page.waitForLoadState("networkidle", { timeout: 3_000 }).catch(() => undefined);
      await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
      await noBarriers(page, name);
    }
  });
}

async function noBarriers(page: import("@playwright/test").Page, name: string): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).exclude("iframe").analyze();
  const told = violations.map((it) => `${it.id}: ${it.nodes.map((node) => node.html).join(" | ")}`);
  expect(told, `on ${name}`).toEqual([]);
}
