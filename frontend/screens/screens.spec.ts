import { test } from "@playwright/test";
import { PAGE_NAMES, pathOf } from "../e2e/pages";
import { SIGNED_OUT } from "../e2e/system";

const FOLDER = "../docs/images";

test("every page, light and dark", async ({ page, browser }) => {
  test.setTimeout(300_000);
  const stranger = await browser.newPage({ storageState: SIGNED_OUT });
  for (const theme of ["light", "dark"] as const) {
    await stranger.emulateMedia({ colorScheme: theme, reducedMotion: "reduce" });
    await stranger.goto("/app/sign-in");
    await stranger.screenshot({ path: `${FOLDER}/sign-in-${theme}.png` });
    await page.emulateMedia({ colorScheme: theme, reducedMotion: "reduce" });
    for (const name of PAGE_NAMES) {
      await page.goto(pathOf(name));
      await page.waitForTimeout(2_500);
      await page.screenshot({ path: `${FOLDER}/${name}-${theme}.png` });
    }
  }
  await stranger.close();
});
