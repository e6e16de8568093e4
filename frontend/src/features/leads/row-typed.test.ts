import { describe, expect, it } from "vitest";
import { placeTyped } from "./row-typed";

describe("placeTyped", () => {
  it.each([
    ["1", 1],
    [" 12,345 ", 12_345],
    ["12.345", 12_345],
    ["12’345", 12_345],
    ["#987654", 987_654],
    ["99999999", 1_000_000],
  ])("%s is place %i", (typed, place) => {
    expect(placeTyped(typed, 1_000_000)).toBe(place);
  });

  it.each(["", "0", "-3", "ann", "1e5"])("%s is none", (typed) => {
    expect(placeTyped(typed, 1_000_000)).toBeNull();
  });

  it("is nowhere in an empty list", () => {
    expect(placeTyped("1", 0)).toBeNull();
  });
});
