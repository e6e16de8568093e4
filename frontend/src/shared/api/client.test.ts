import { describe, expect, it } from "vitest";
import { ApiError, ask, asProblem, isUnreached, tokenOf } from "./client";

describe("what an answer that is none is told as", () => {
  it("is the API's own words where it has some", () => {
    const answer = { code: "ended", detail: "The campaign is over.", title: "", errors: [] };
    expect(asProblem(answer, 409)).toMatchObject({ status: 409, detail: "The campaign is over." });
  });

  it.each([502, 503, 504])("is that the server is away, for a proxy's %i", (status) => {
    const problem = new ApiError(asProblem("<html>Bad gateway</html>", status));
    expect(isUnreached(problem)).toBe(true);
    expect(problem.message).toContain(String(status));
  });

  it.each([500, 418])("is its number, for a %i without words", (status) => {
    const problem = new ApiError(asProblem("Internal Server Error", status));
    expect(isUnreached(problem)).toBe(false);
    expect(problem.message).toContain(`answered ${status}`);
  });

  it("is somebody else, for a page where JSON should be", async () => {
    const answering = Promise.reject(new SyntaxError("Unexpected token '<'"));
    await expect(ask(answering)).rejects.toThrow("Something answered that is not this server");
  });

  it("is no answer, for one that breaks off", async () => {
    const problem: unknown = await ask(Promise.reject(new TypeError("network error"))).catch(
      (it) => it,
    );
    expect(isUnreached(problem)).toBe(true);
  });
});

it("finds the token of a link", () => {
  expect(tokenOf("#token=ebk_a")).toBe("ebk_a");
  expect(tokenOf("#other=ebk_a")).toBe("");
});
