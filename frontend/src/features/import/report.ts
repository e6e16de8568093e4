/** An import's report, read from any content of a job. Pure. */
import { recordOf } from "@/shared/json";

export interface RowProblem {
  line: number;
  message: string;
}

export interface ImportReport {
  accepted: number;
  /** Rows of known contacts with other values: updated, or left as they are. */
  changed: number;
  isUpdate: boolean;
  /** Rows that say what was known. */
  same: number;
  duplicate: number;
  rejected: number;
  problems: RowProblem[];
  error: string | null;
}

/** Rows that had no effect, although they say something that the campaign does not have. */
export function leftOut(report: ImportReport): number {
  return report.duplicate + report.rejected + (report.isUpdate ? 0 : report.changed);
}

export function rowsOf(report: ImportReport): number {
  const { accepted, changed, same, duplicate, rejected } = report;
  return accepted + changed + same + duplicate + rejected;
}

export function reportOf(report: Record<string, unknown>): ImportReport {
  return {
    accepted: numberOf(report.accepted),
    changed: numberOf(report.changed),
    isUpdate: recordOf(report.policy).known === "update",
    same: numberOf(report.same),
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
