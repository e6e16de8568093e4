// @ts-check
/**
 * Requests for the API, handed on to the backend as they come in: nothing is gathered, so that a
 * file of a gigabyte costs no more memory than a click.
 *
 * Next.js could do it by its rewrites, but keeps each body in memory and ends it after 10 MB.
 */
import http from "node:http";

/** How long neither side may say a word. */
export const IDLE_MS_MAX = 120_000;
/** How long the rest of a refused body is read, so that browsers, which answer only after sending
 * everything, get to see why. */
const DRAIN_MS_MAX = 20_000;

/** They concern one connection (RFC 9110, section 7.6.1). `expect` was answered here. */
const HOP_BY_HOP = new Set([
  "connection",
  "expect",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

/**
 * @param {URL} backend
 * @param {import("node:http").IncomingMessage} request
 * @param {import("node:http").ServerResponse} response
 */
export function handOn(backend, request, response) {
  const from = request.socket.remoteAddress ?? "unknown";
  const before = request.headers["x-forwarded-for"];
  const onward = http.request({
    host: backend.hostname.replace(/^\[|\]$/g, ""),
    port: backend.port || 80,
    method: request.method,
    path: request.url,
    headers: {
      ...endToEnd(request),
      host: backend.host,
      // A backend that answers early reads the rest, instead of cutting us off before we listen.
      connection: "keep-alive",
      "x-forwarded-for": before ? `${before}, ${from}` : from,
      "x-forwarded-host": request.headers.host ?? "",
    },
    // Yet a connection each: one that was kept might be closed as it is used again.
    agent: false,
    timeout: IDLE_MS_MAX,
  });
  onward.on("response", (answer) => {
    response.writeHead(answer.statusCode ?? 502, answer.statusMessage, endToEnd(answer));
    // Broken off there, it is broken off here: half an answer must not look whole.
    answer.on("error", () => response.destroy());
    answer.pipe(response);
    response.on("finish", () => drain(request, onward));
  });
  onward.on("timeout", () => onward.destroy(new Error("idle")));
  onward.on("error", (problem) => {
    // After an answer: the backend did not want the rest of the body.
    if (!response.headersSent && !response.destroyed) {
      refuse(response, problem.message === "idle");
      drain(request, onward);
    }
  });
  response.on("close", () => onward.destroy());
  // Not by `pipeline`: that ends the request, and with it the connection, before the answer is out.
  request.pipe(onward);
}

/**
 * What is not of this connection alone. Several of a name stay several: cookies are set that way.
 *
 * @param {import("node:http").IncomingMessage} message
 * @returns {Record<string, string | string[]>}
 */
function endToEnd(message) {
  const named = (message.headers.connection ?? "").toLowerCase().split(/\s*,\s*/);
  /** @type {Record<string, string | string[]>} */
  const kept = {};
  for (const [name, values = []] of Object.entries(message.headersDistinct)) {
    if (!HOP_BY_HOP.has(name) && !named.includes(name)) {
      kept[name] = values.length === 1 ? values.join() : values;
    }
  }
  return kept;
}

/**
 * @param {import("node:http").IncomingMessage} request
 * @param {import("node:http").ClientRequest} onward
 */
function drain(request, onward) {
  if (request.complete) {
    return;
  }
  request.unpipe(onward);
  request.resume();
  const patience = setTimeout(() => request.destroy(), DRAIN_MS_MAX);
  request.on("close", () => clearTimeout(patience));
}

/**
 * A problem (RFC 9457), as the API's own are.
 *
 * @param {import("node:http").ServerResponse} response
 * @param {boolean} isLate
 */
function refuse(response, isLate) {
  const status = isLate ? 504 : 502;
  const detail = isLate
    ? "The backend took too long to answer. Look whether it was done before you try again."
    : "The backend does not answer. It may be starting: try again in a moment.";
  const title = isLate ? "Too slow" : "No answer";
  const problem = { type: "about:blank", title, status, code: "backend_away", detail, errors: [] };
  response.writeHead(status, { "content-type": "application/problem+json" });
  response.end(JSON.stringify(problem));
}
