// @ts-check
/**
 * The pages of the build, and what each may run: its Content-Security-Policy.
 *
 * The rules are those of local/page_policy.py, which does the same for the exported pages; a test
 * compares the two. Only our own scripts run: inline scripts are named by digests.
 */
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** The name of a dynamic part of a route in the build. */
const ANY = "_";
const INLINE_SCRIPT = /<script(?![^>]*\ssrc=)[^>]*>([\s\S]*?)<\/script>/g;

/**
 * @typedef {{ path: string, policy: string, isForAny: boolean }} Page
 * `path`: below the interface's path, such as `/campaigns/_`.
 * @typedef {{ find: (path: string) => Page | null, missing: string }} Pages
 * `missing`: the policy of the page for unknown addresses.
 */

/**
 * @param {string} folder
 * @returns {Pages}
 */
export function readPages(folder) {
  const names = readdirSync(folder, { recursive: true, encoding: "utf8" });
  const pages = names
    .filter((it) => it.endsWith(".html"))
    .map((it) => {
      const path = it.replace(/\.html$/, "");
      return {
        path: path === "index" ? "" : `/${path}`,
        policy: policyOf(readFileSync(join(folder, it), "utf8")),
        isForAny: path.split("/").includes(ANY),
      };
    });
  const missing = pages.find((it) => it.path === "/_not-found");
  if (!missing) {
    throw new Error(`${folder} holds no pages: was the interface built?`);
  }
  // Exact paths come before dynamic ones.
  pages.sort((one, other) => Number(one.isForAny) - Number(other.isForAny));
  return {
    find: (path) => pages.find((it) => isAt(it, path)) ?? null,
    missing: missing.policy,
  };
}

/**
 * @param {Page} page
 * @param {string} path
 */
function isAt(page, path) {
  const wanted = page.path.split("/");
  const asked = path.split("/");
  return (
    wanted.length === asked.length &&
    wanted.every((it, place) => it === asked[place] || (it === ANY && asked[place] !== ""))
  );
}

/** @param {string} html */
function policyOf(html) {
  const digests = [...html.matchAll(INLINE_SCRIPT)].map(
    ([, script = ""]) => ` 'sha256-${createHash("sha256").update(script).digest("base64")}'`,
  );
  return [
    "default-src 'self'",
    "img-src 'self' data: https: http:",
    "style-src 'self' 'unsafe-inline'",
    `script-src 'self'${[...new Set(digests)].join("")}`,
    "frame-src 'self' blob: data:",
    "connect-src 'self'",
    "frame-ancestors 'none'",
    "base-uri 'self'",
    "form-action 'self'",
  ].join("; ");
}
