import { describe, expect, it } from "vitest";
import { ask, tokenOf } from "./client";
import { isUnreached, noAnswer, problemText, refusal } from "./problem";

describe("the message for an unusable answer", () => {
  it("is the API's own message, if there is one", () => {
    const answer = { code: "ended", detail: "The campaign is over.", title: "", errors: [] };
    const problem = refusal(answer, 409);
    expect(problem.status).toBe(409);
    expect(problemText(problem)).toBe("The campaign is over.");
  });

  it.each([502, 503, 504])("is that the server is not available, for a proxy's %i", (status) => {
    const problem = refusal("<html>Bad gateway</html>", status);
    expect(isUnreached(problem)).toBe(true);
    expect(problemText(problem)).toContain(String(status));
  });

  it.each([500, 418])("is its number, for a %i without a message", (status) => {
    const problem = refusal("Internal Server Error", status);
    expect(isUnreached(problem)).toBe(false);
    expect(problemText(problem)).toContain(`answered ${status}`);
  });

  it("is how long to wait, for too many requests", () => {
    const detail = "You have sent too many requests. Try again in 3 s.";
    const answer = { code: "too_many_requests", detail, title: "", errors: [] };
    expect(problemText(refusal(answer, 429))).toBe(detail);
    const ofGateway = refusal({ message: "Too Many Requests" }, 429);
    expect(isUnreached(ofGateway)).toBe(false);
    expect(problemText(ofGateway)).toContain("Too many requests");
  });

  it("is that something else answered, for a page instead of JSON", async () => {
    const answering = Promise.reject(new SyntaxError("Unexpected token '<'"));
    await expect(ask(answering)).rejects.toThrow("Something other than this server answered");
  });

  it("is that nothing answered, for an incomplete answer", async () => {
    const problem: unknown = await ask(Promise.reject(new TypeError("network error"))).catch(
      (it) => it,
    );
    expect(isUnreached(problem)).toBe(true);
  });
});

describe("problemText", () => {
  const errors = [
    { field: "name", code: "too_long", message: "A name has 200 characters at most." },
  ];
  const answer = { code: "invalid", detail: "The request is not valid.", title: "", errors };

  it("prefers the error of the form's own field", () => {
    expect(problemText(refusal(answer, 422), "name")).toBe("A name has 200 characters at most.");
    expect(problemText(refusal(answer, 422), "zone")).toBe("The request is not valid.");
    expect(problemText(refusal(answer, 422))).toBe("The request is not valid.");
  });

  it("has a text for anything that was thrown", () => {
    expect(problemText(noAnswer("The inbox does not answer."))).toBe("The inbox does not answer.");
    expect(problemText(new Error("This is not JSON."))).toBe("This is not JSON.");
    expect(problemText("gone")).toBe("gone");
  });
});

it("finds the token of a link", () => {
  expect(tokenOf("#token=ebk_a")).toBe("ebk_a");
  expect(tokenOf("#other=ebk_a")).toBe("");
});
