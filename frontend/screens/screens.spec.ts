import { test } from "@playwright/test";
import { pages } from "../e2e/pages";
import { signIn } from "../e2e/system";

const FOLDER = "../docs/images";

test("every page, light and dark", async ({ page, request }) => {
  test.setTimeout(300_000);
  const all = await pages(request);
  for (const theme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme: theme, reducedMotion: "reduce" });
    await page.context().clearCookies();
    await page.goto("/app/sign-in");
    await page.screenshot({ path: `${FOLDER}/sign-in-${theme}.png` });
    await signIn(page);
    for (const [name, path] of Object.entries(all)) {
      await page.goto(path);
      await page.waitForTimeout(2_500);
      await page.screenshot({ path: `${FOLDER}/${name}-${theme}.png` });
    }
  }
});
