// @vitest-environment node
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { readPages } from "./pages.mjs";

const folder = mkdtempSync(join(tmpdir(), "emailbuilder-pages-"));
for (const [name, script] of Object.entries({
  "_not-found.html": "none()",
  "index.html": "home()",
  "campaigns.html": "list()",
  "campaigns/_.html": "any()",
  "campaigns/new.html": "named()",
  "campaigns/_/leads/_.html": "lead()",
})) {
  mkdirSync(dirname(join(folder, name)), { recursive: true });
  writeFileSync(
    join(folder, name),
    `<script src="/app/_next/x.js" async=""></script><script id="a">${script}</script><p>`,
  );
}
afterAll(() => rmSync(folder, { recursive: true }));

const digest = (script: string) =>
  `script-src 'self' 'sha256-${createHash("sha256").update(script).digest("base64")}';`;

test.each([
  ["", "", "home()"],
  ["/campaigns", "/campaigns", "list()"],
  ["/campaigns/c-1", "/campaigns/_", "any()"],
  ["/campaigns/new", "/campaigns/new", "named()"],
  ["/campaigns/c-1/leads/l%2F2", "/campaigns/_/leads/_", "lead()"],
])("%j is the page %j, and runs its scripts alone", (asked, path, script) => {
  const page = readPages(folder).find(asked);
  expect(page?.path).toBe(path);
  expect(page?.policy).toContain(digest(script));
});

test.each(["/", "/campaigns/", "/campaigns//leads/x", "/campaigns/c-1/leads", "/../index"])(
  "%j is no page",
  (asked) => {
    expect(readPages(folder).find(asked)).toBeNull();
  },
);

test("an unknown address has the policy of the page that says so", () => {
  expect(readPages(folder).missing).toContain(digest("none()"));
});

test("a folder without pages is reported at the start", () => {
  expect(() => readPages(join(folder, "campaigns"))).toThrow("was the interface built?");
});
