// @ts-check
/** The proxy before Next.js: it routes requests and sets what a page may run. */
import { makeHandOn } from "./hand-on.mjs";

/** The path of the interface, as in next.config.ts. */
const PLACE = "/app";
const OF_BACKEND = /^\/api(\/|\?|$)/;
/** The inbox's own addresses have no prefix. */
const OF_INBOX = /^\/inbox\/api(?=\/)/;

/**
 * @param {{ backend: URL, inbox: URL }} targets
 * @param {import("./pages.mjs").Pages} pages
 * @param {import("node:http").RequestListener} next
 * @returns {import("node:http").RequestListener}
 */
export function makeProxy({ backend, inbox }, pages, next) {
  const toBackend = makeHandOn(backend);
  const toInbox = makeHandOn(inbox, { isInbox: true });
  return (request, response) => {
    const url = request.url ?? "/";
    if (OF_BACKEND.test(url)) {
      toBackend(request, response);
      return;
    }
    if (OF_INBOX.test(url)) {
      request.url = url.replace(OF_INBOX, "");
      toInbox(request, response);
      return;
    }
    const [path = "", query] = url.split(/\?(.*)/s);
    const page = path.startsWith(PLACE) ? pages.find(path.slice(PLACE.length)) : null;
    if (page?.isForAny) {
      // One page for all campaigns, as in the export; otherwise Next.js would render and keep one
      // for each.
      request.url = `${PLACE}${page.path}${query === undefined ? "" : `?${query}`}`;
    }
    response.setHeader("Content-Security-Policy", page?.policy ?? pages.missing);
    response.setHeader("Referrer-Policy", "no-referrer");
    response.setHeader("X-Content-Type-Options", "nosniff");
    next(request, response);
  };
}
