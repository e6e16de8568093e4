import { expect, it } from "vitest";
import { isFromApi } from "./reach";

it.each([
  [200, "application/json", true],
  [401, "application/problem+json", true],
  [404, "text/html", true],
  [503, "application/problem+json", true],
  [500, "text/plain", false],
  [502, "text/html", false],
  [504, null, false],
])("%i %s: from the API %s", (status, contentType, expected) => {
  expect(isFromApi(status, contentType)).toBe(expected);
});
