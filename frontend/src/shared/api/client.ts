/** The one way to the API: typed by its own description, signed in by cookie, errors as problems. */
import createClient, { type Middleware } from "openapi-fetch";
import { isFromApi, markReach } from "./reach";
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

/** The body of a good answer. Throws ApiError; a 401 leads to the sign-in page and back. */
export async function ask<T>(answering: Promise<Answer<T>>): Promise<T> {
  return (await askWhole(answering)).data;
}

/** As `ask`, with the headers: for ETags. */
export async function askWhole<T>(
  answering: Promise<Answer<T>>,
): Promise<{ data: T; response: Response }> {
  const { data, error, response } = await answering;
  if (response.ok) {
    return { data: data as T, response };
  }
  const problem = asProblem(error, response);
  if (problem.status === 401) {
    leaveForSignIn();
  }
  throw new ApiError(problem);
}

function asProblem(error: unknown, response: Response): Problem {
  if (typeof error === "object" && error !== null && "detail" in error && "code" in error) {
    return { ...OFFLINE, ...(error as Partial<Problem>), status: response.status };
  }
  return {
    ...OFFLINE,
    status: response.status,
    code: "unreadable",
    title: response.statusText,
    detail: `The server answered ${response.status} without saying why. Its log may tell more.`,
  };
}

function leaveForSignIn(): void {
  if (typeof window === "undefined" || window.location.pathname.startsWith("/app/sign-in")) {
    return;
  }
  const here = `${window.location.pathname}${window.location.search}`;
  window.location.assign(`/app/sign-in?next=${encodeURIComponent(here)}`);
}
