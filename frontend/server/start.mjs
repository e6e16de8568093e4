// @ts-check
/**
 * The interface's server in compose: Next.js's standalone server, with a proxy before it.
 *
 * The proxy forwards the API to the backend, so that both have one origin, and gives each page its
 * Content-Security-Policy. Next.js creates exactly one server, which gets the proxy.
 */
import http from "node:http";
import { fileURLToPath } from "node:url";
import { readPages } from "./pages.mjs";
import { makeProxy } from "./proxy.mjs";

/** Allows a file of a gigabyte over a slow connection; Node.js would cut off every request after
 * five minutes. */
const REQUEST_MS_MAX = 3_600_000;

/**
 * @param {string} name
 * @param {string} otherwise
 */
function address(name, otherwise) {
  const url = new URL(process.env[name] || otherwise);
  if (url.protocol !== "http:") {
    throw new Error(`${name} must begin with http://, not ${url.protocol}//`);
  }
  return url;
}

const targets = {
  backend: address("BACKEND_URL", "http://backend:8000"),
  inbox: address("INBOX_URL", "http://inbox:8025"),
};
const pages = readPages(fileURLToPath(new URL("../.next/server/app", import.meta.url)));

const { createServer } = http;
Object.assign(http, {
  /** @param {http.RequestListener} next */
  createServer: (next) => {
    if (typeof next !== "function") {
      throw new Error("Next.js makes its server otherwise than before: mend server/start.mjs");
    }
    http.createServer = createServer;
    return createServer({ requestTimeout: REQUEST_MS_MAX }, makeProxy(targets, pages, next));
  },
});
// Imported by a name that TypeScript does not resolve, because the build creates it.
await import(new URL("../server.js", import.meta.url).href);
