import { type BrowserContext, expect, type Page } from "@playwright/test";
import type { PageName } from "./pages";

/** The browser's own message about a failed request, which we cannot avoid. */
const OF_THE_BROWSER = /Failed to load resource|ERR_|Failed to fetch RSC payload/;

/** All uncaught exceptions and all errors written to the console. */
export function watched(context: BrowserContext): string[] {
  const said: string[] = [];
  context.on("weberror", (it) => said.push(`thrown: ${it.error().message}`));
  context.on("console", (it) => {
    if (it.type() === "error" && !OF_THE_BROWSER.test(it.text())) {
      said.push(`${it.page()?.url()}: ${it.text()}`);
    }
  });
  return said;
}

export const banner = (page: Page) =>
  page.getByText("The server does not answer. What you see may be out of date");

/** What shows that a page of `pages.ts` has loaded completely. */
export function isWhole(page: Page, name: PageName): Promise<void> {
  const signs: Record<PageName, () => Promise<void>> = {
    home: () => expect(page.getByText("Sent today")).toBeVisible(),
    campaigns: () => expect(page.getByRole("link", { name: "Autumn offer" }).first()).toBeVisible(),
    builder: () => expect(page.locator('[data-card="start"]')).toBeVisible(),
    live: () => expect(page.getByText("No wait has ended yet")).toBeVisible(),
    results: () => expect(page.getByRole("heading", { name: "Over time" })).toBeVisible(),
    leads: () => expect(page.getByRole("link", { name: /@example\.com/ }).first()).toBeVisible(),
    lead: () => expect(page.getByRole("heading", { name: "Position" })).toBeVisible(),
    import: () => expect(page.getByText("Drop a CSV file or a workbook here")).toBeVisible(),
    doNotContact: () => expect(page.getByText("left@example.com")).toBeVisible(),
    inbox: () => expect(page.getByRole("list", { name: "E-mails" })).toBeVisible(),
    sessions: () => expect(page.getByText("This browser")).toBeVisible(),
    system: () => expect(page.getByRole("heading", { name: "Checks" })).toBeVisible(),
  };
  return signs[name]();
}
