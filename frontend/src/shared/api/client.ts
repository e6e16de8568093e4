/** All calls of the API: typed by its OpenAPI description, signed in by cookie, errors as
 * problems. */
import createClient, { type Middleware } from "openapi-fetch";
import { noAnswer, notOurs, refusal } from "./problem";
import { isFromApi, markReach, markSignedOut } from "./reach";
import type { components, paths } from "./schema";

export type Schemas = components["schemas"];
const middleware: Middleware = {
  onRequest({ request }) {
    // A form on another site cannot send this header; see the rules for sessions in the API.
    request.headers.set("X-EmailBuilder", "1");
    return request;
  },
  onResponse({ response }) {
    markReach(isFromApi(response.status, response.headers.get("content-type")));
  },
  onError({ error }) {
    if (!(error instanceof DOMException && error.name === "AbortError")) {
      markReach(false);
    }
    return noAnswer();
  },
};

/** Always the same origin; absolute, because tests run without a page. */
const origin = typeof window === "undefined" ? "http://localhost" : window.location.origin;

export const api = createClient<paths>({ baseUrl: origin, credentials: "same-origin" });
api.use(middleware);

interface Reply<T> {
  data?: T;
  error?: unknown;
  response: Response;
}

/** The body of a successful response. Throws ApiError; after a 401, people sign in and come
 * back. */
export async function ask<T>(answering: Promise<Reply<T>>): Promise<T> {
  return (await askWhole(answering)).data;
}

/** Like `ask`, with the headers, for ETags. */
export async function askWhole<T>(
  answering: Promise<Reply<T>>,
): Promise<{ data: T; response: Response }> {
  const { data, error, response } = await answering.catch(asUnreadable);
  if (response.ok) {
    sessionHolds();
    return { data: data as T, response };
  }
  if (response.status === 401) {
    sessionEnded();
  }
  throw refusal(error, response.status);
}

/** Not this API: the body is not JSON, or is incomplete. */
function asUnreadable(problem: unknown): never {
  if (problem instanceof SyntaxError) {
    throw notOurs();
  }
  if (problem instanceof TypeError) {
    markReach(false);
    throw noAnswer();
  }
  throw problem;
}

let hasBeenIn = false;

/** A response that requires a session. */
export function sessionHolds(): void {
  hasBeenIn = true;
  markSignedOut(false);
}

/** A user who was working stays on the page and signs in over it; a new visitor is redirected. */
export function sessionEnded(): void {
  if (hasBeenIn) {
    markSignedOut(true);
  } else if (
    typeof window !== "undefined" &&
    !window.location.pathname.startsWith("/app/sign-in")
  ) {
    const here = `${window.location.pathname}${window.location.search}`;
    window.location.assign(`/app/sign-in?next=${encodeURIComponent(here)}`);
  }
}

/** The token of a link `…#token=ebk_…`; the part after the # never reaches a server's log. */
export function tokenOf(hash: string): string {
  return new URLSearchParams(hash.replace(/^#/, "")).get("token") ?? "";
}

/** `given`: an API token, or a whole link that contains one. */
export async function signIn(given: string): Promise<void> {
  const text = given.trim();
  const at = text.indexOf("#");
  const token = (at < 0 ? "" : tokenOf(text.slice(at))) || text;
  const params = { header: { "X-EmailBuilder": "1" } } as const;
  await ask(api.POST("/api/v1/session", { params, body: { token } }));
}
