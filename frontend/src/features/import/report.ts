/** An import's report, read from any content of a job. Pure. */

export interface RowProblem {
  line: number;
  message: string;
}

export interface ImportReport {
  accepted: number;
  duplicate: number;
  rejected: number;
  problems: RowProblem[];
  error: string | null;
}

export function reportOf(report: Record<string, unknown>): ImportReport {
  return {
    accepted: numberOf(report.accepted),
    duplicate: numberOf(report.duplicate),
    rejected: numberOf(report.rejected),
    problems: Array.isArray(report.problems) ? report.problems.flatMap(problemIn) : [],
    error: typeof report.error === "string" ? report.error : null,
  };
}

function numberOf(value: unknown): number {
  return typeof value === "number" && Number.isFinite(value) ? value : 0;
}

function problemIn(value: unknown): RowProblem[] {
  if (typeof value !== "object" || value === null) {
    return [];
  }
  const { line, message } = value as Record<string, unknown>;
  return typeof line === "number" && typeof message === "string" ? [{ line, message }] : [];
}
