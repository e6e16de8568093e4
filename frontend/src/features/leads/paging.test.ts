import { describe, expect, it } from "vitest";
import { pageOf, pagesFor, placeBefore, toLetGo } from "./paging";

describe("pages", () => {
  it("hold two hundred places each", () => {
    expect([0, 199, 200, 999_999].map(pageOf)).toEqual([0, 0, 1, 4999]);
    expect(placeBefore(3)).toBe(600);
  });

  it("are those in view, and the next when it is near", () => {
    expect(pagesFor(0, 20, 1_000)).toEqual([0]);
    expect(pagesFor(150, 170, 1_000)).toEqual([0, 1]);
    expect(pagesFor(190, 210, 1_000)).toEqual([0, 1]);
    expect(pagesFor(205, 225, 1_000)).toEqual([1, 0]);
    expect(pagesFor(985, 1_000, 1_000)).toEqual([4]);
  });

  it("are none of an empty list", () => {
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
