import { describe, expect, it } from "vitest";
import { leftOut, reportOf, rowsOf } from "./report";

describe("reportOf", () => {
  it("reads counts and problems", () => {
    const problems = [{ line: 17, code: "address_invalid", message: "The address has no @." }];
    const counts = { accepted: 3, changed: 2, same: 4, duplicate: 1, rejected: 1 };
    expect(reportOf({ ...counts, policy: { known: "update" }, problems })).toEqual({
      accepted: 3,
      changed: 2,
      isUpdate: true,
      same: 4,
      duplicate: 1,
      rejected: 1,
      problems: [{ line: 17, message: "The address has no @." }],
      error: null,
    });
  });

  it("counts rows that were left out: other values, unless they were taken", () => {
    const report = { ...reportOf({ accepted: 3, changed: 2, same: 4, duplicate: 1, rejected: 1 }) };
    expect([leftOut(report), rowsOf(report)]).toEqual([4, 11]);
    expect(leftOut({ ...report, isUpdate: true })).toBe(2);
  });

  it("reads a job of another kind as an empty report", () => {
    expect(reportOf({ accepted: "3", problems: [null, 4, { line: 1 }], error: "Gone." })).toEqual({
      accepted: 0,
      changed: 0,
      isUpdate: false,
      same: 0,
      duplicate: 0,
      rejected: 0,
      problems: [],
      error: "Gone.",
    });
  });
});
