import { expect, it } from "vitest";
import { sourceOf } from "./requests";

it("a file's name becomes one line of a bounded length", () => {
  expect(sourceOf("old list.csv")).toBe("old list.csv");
  expect(sourceOf("two\nlines\t.csv")).toBe("two lines .csv");
  expect(sourceOf("x".repeat(500))).toHaveLength(300);
});
