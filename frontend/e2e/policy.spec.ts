/** Where another server than the gateway serves the pages. */
import { expect, test } from "@playwright/test";
import { complaints } from "./complaints";
import { PAGE_NAMES, pathOf } from "./pages";

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
