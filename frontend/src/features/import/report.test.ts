import { describe, expect, it } from "vitest";
import { reportOf } from "./report";

describe("reportOf", () => {
  it("reads counts and problems", () => {
    const problems = [{ line: 17, code: "address_invalid", message: "The address has no @." }];
    expect(reportOf({ accepted: 3, duplicate: 1, rejected: 1, problems })).toEqual({
      accepted: 3,
      duplicate: 1,
      rejected: 1,
      problems: [{ line: 17, message: "The address has no @." }],
      error: null,
    });
  });

  it("reads a job of another kind as an empty report", () => {
    expect(reportOf({ accepted: "3", problems: [null, 4, { line: 1 }], error: "Gone." })).toEqual({
      accepted: 0,
      duplicate: 0,
      rejected: 0,
      problems: [],
      error: "Gone.",
    });
  });
});
