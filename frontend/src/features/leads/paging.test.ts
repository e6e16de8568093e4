import { describe, expect, it } from "vitest";
import { pageOf, pagesFor, placeBefore, toLetGo } from "./paging";

describe("pages", () => {
  it("hold a hundred places each", () => {
    expect([0, 99, 100, 999_999].map(pageOf)).toEqual([0, 0, 1, 9999]);
    expect(placeBefore(3)).toBe(300);
  });

  it("are those in view, and the next one if it is near", () => {
    expect(pagesFor(0, 20, 1_000)).toEqual([0]);
    expect(pagesFor(60, 80, 1_000)).toEqual([0, 1]);
    expect(pagesFor(90, 110, 1_000)).toEqual([0, 1]);
    expect(pagesFor(105, 125, 1_000)).toEqual([1, 0]);
    expect(pagesFor(985, 1_000, 1_000)).toEqual([9]);
  });

  it("are none for an empty list", () => {
    expect(pagesFor(0, 0, 0)).toEqual([]);
  });
});

describe("toLetGo", () => {
  it("names those unseen longest, never one in view", () => {
    expect(toLetGo([7, 3, 9, 1], [7], 2)).toEqual([3, 9]);
    expect(toLetGo([7, 3], [7, 3], 1)).toEqual([]);
    expect(toLetGo([1, 2], [], 5)).toEqual([]);
  });
});
