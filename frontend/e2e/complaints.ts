import type { Page } from "@playwright/test";

/** The browser's messages about scripts, pictures and calls that the page's policy forbids. */
export function complaints(page: Page): string[] {
  const heard: string[] = [];
  page.on("console", (it) => {
    if (it.text().includes("Content Security Policy")) {
      heard.push(`${page.url()}: ${it.text()}`);
    }
  });
  return heard;
}
