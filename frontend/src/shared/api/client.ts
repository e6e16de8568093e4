/** The one way to the API: typed by its own description, signed in by cookie, errors as problems. */
import createClient, { type Middleware } from "openapi-fetch";
import { isFromApi, markReach, markSignedOut } from "./reach";
import type { components, paths } from "./schema";

export type Schemas = components["schemas"];
export type Problem = Schemas["Problem"];
export type FieldError = Schemas["FieldError"];

/** What the API (or the way to it) answered instead of what was asked for. */
export class ApiError extends Error {
  readonly status: number;
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(problem.detail);
    this.status = problem.status;
    this.problem = problem;
  }

  /** The words for a field, if it is at fault. */
  field(name: string): string | undefined {
    return this.problem.errors.find((it) => it.field === name)?.words;
  }
}

/** Nobody was reached: the page's own line at the top tells so, too. */
export function isUnreached(problem: unknown): boolean {
  return problem instanceof ApiError && (problem.status === 0 || problem.problem.code === "away");
}

const OFFLINE: Problem = {
  type: "about:blank",
  title: "No answer",
  status: 0,
  code: "offline",
  detail: "The server does not answer. Your changes stay here; try again in a moment.",
  errors: [],
};

const middleware: Middleware = {
  onRequest({ request }) {
    // A form on another site cannot send this header: see the session's rules in the API.
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
    return new ApiError(OFFLINE);
  },
};

/** Same origin always; absolute, since tests run where no page is. */
const origin = typeof window === "undefined" ? "http://localhost" : window.location.origin;

export const api = createClient<paths>({ baseUrl: origin, credentials: "same-origin" });
api.use(middleware);

interface Answer<T> {
  data?: T;
  error?: unknown;
  response: Response;
}

/** The body of a good answer. Throws ApiError; a 401 has people sign in, then brings them back. */
export async function ask<T>(answering: Promise<Answer<T>>): Promise<T> {
  return (await askWhole(answering)).data;
}

/** As `ask`, with the headers: for ETags. */
export async function askWhole<T>(
  answering: Promise<Answer<T>>,
): Promise<{ data: T; response: Response }> {
  const { data, error, response } = await answering.catch(asUnreadable);
  if (response.ok) {
    sessionHolds();
    return { data: data as T, response };
  }
  const problem = asProblem(error, response.status);
  if (problem.status === 401) {
    sessionEnded();
  }
  throw new ApiError(problem);
}

/** Not this API, whoever it was: what it sent is no JSON, or breaks off. */
function asUnreadable(problem: unknown): never {
  if (problem instanceof SyntaxError) {
    throw new ApiError({
      ...OFFLINE,
      title: "Not an answer of this server",
      status: 502,
      code: "unreadable",
      detail:
        "Something answered that is not this server: a network's sign-in page or a proxy, perhaps. Look at the address, then try again.",
    });
  }
  if (problem instanceof TypeError) {
    markReach(false);
    throw new ApiError(OFFLINE);
  }
  throw problem;
}

/** The API's own words, or what can be said without them. */
export function asProblem(answer: unknown, status: number): Problem {
  if (typeof answer === "object" && answer !== null && "detail" in answer && "code" in answer) {
    return { ...OFFLINE, ...(answer as Partial<Problem>), status };
  }
  if (status >= 502 && status <= 504) {
    return {
      ...OFFLINE,
      status,
      code: "away",
      detail: `The server is away: a proxy answered ${status} in its place. It may be starting again; try again in a moment.`,
    };
  }
  return {
    ...OFFLINE,
    status,
    code: "unreadable",
    detail: `The server answered ${status} without saying why. Its log may tell more.`,
  };
}

let hasBeenIn = false;

/** An answer that only who is signed in gets. */
export function sessionHolds(): void {
  hasBeenIn = true;
  markSignedOut(false);
}

/** Whoever worked here stays on the page and signs in over it; whoever comes is led to sign in. */
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

/** The token of a link `…#token=ebk_…`: what follows the # never reaches a server's log. */
export function tokenOf(hash: string): string {
  return new URLSearchParams(hash.replace(/^#/, "")).get("token") ?? "";
}

/** `given`: an API token, or the whole link that carries one. */
export async function signIn(given: string): Promise<void> {
  const text = given.trim();
  const at = text.indexOf("#");
  const token = (at < 0 ? "" : tokenOf(text.slice(at))) || text;
  const params = { header: { "X-EmailBuilder": "1" } } as const;
  await ask(api.POST("/api/v1/session", { params, body: { token } }));
}
