/** Errors of calls, and the messages that people read. Pure. */
import { texts } from "@/shared/texts";
import type { components } from "./schema";

export type Problem = components["schemas"]["Problem"];
export type FieldProblem = Pick<Problem["errors"][number], "field" | "code" | "message">;

/** An error response of the API, or of something in its place. */
export class ApiError extends Error {
  readonly status: number;
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(problem.detail);
    this.status = problem.status;
    this.problem = problem;
  }
}

/**
 * The message for any failure: what happened, why, what to do. `field`: a field of a form, whose
 * own error takes precedence.
 */
export function problemText(problem: unknown, field?: string): string {
  if (problem instanceof ApiError) {
    const own = problem.problem.errors.find((it) => it.field === field);
    return own?.message ?? problem.message;
  }
  return problem instanceof Error ? problem.message : String(problem);
}

/** The server was not reached; the line at the top of the page says so, too. */
export function isUnreached(problem: unknown): boolean {
  return problem instanceof ApiError && (problem.status === 0 || problem.problem.code === "away");
}

/** The requested object does not exist: it never did, was deleted, or has an impossible name. */
export function isGone(problem: unknown): boolean {
  return (
    problem instanceof ApiError &&
    (problem.status === 404 || problem.problem.code === "malformed_path")
  );
}

/** A problem that the API did not describe itself. */
function ownProblem(status: number, code: string, title: string, detail: string): Problem {
  return { type: "about:blank", status, code, title, detail, errors: [] };
}

/** Nothing answered. `detail`: what that means for the request. */
export function noAnswer(detail = texts.noAnswer): ApiError {
  return new ApiError(ownProblem(0, "offline", "No answer", detail));
}

/** Something else answered instead of the API. */
export function notOurs(): ApiError {
  return new ApiError(ownProblem(502, "unreadable", "Not an answer of this server", texts.notOurs));
}

/** The error of an error response: as the API describes it, otherwise as far as it is known. */
export function refusal(answer: unknown, status: number): ApiError {
  if (typeof answer === "object" && answer !== null && "detail" in answer && "code" in answer) {
    const unknown = ownProblem(status, "unreadable", "", "");
    return new ApiError({ ...unknown, ...(answer as Partial<Problem>), status });
  }
  if (status === 429) {
    const problem = ownProblem(status, "too_many_requests", "Too many requests", texts.tooMany);
    return new ApiError(problem);
  }
  if (status >= 502 && status <= 504) {
    return new ApiError(ownProblem(status, "away", "No answer", texts.unavailable(status)));
  }
  return new ApiError(ownProblem(status, "unreadable", "No reason given", texts.noReason(status)));
}
