import { describe, expect, it } from "vitest";
import { chosenColumns, toggled, written } from "./columns";

describe("columns", () => {
  it("are the first two until somebody chooses, or none if none were chosen", () => {
    expect(chosenColumns("", ["plan", "city", "seats"])).toEqual(["plan", "city"]);
    expect(chosenColumns(written([]), ["plan"])).toEqual([]);
    expect(chosenColumns(written(["seats"]), ["plan"])).toEqual(["seats"]);
  });

  it.each(["{", "3", '{"a":1}'])("read %s as nothing chosen", (stored) => {
    expect(chosenColumns(stored, ["plan"])).toEqual(["plan"]);
  });

  it("are at most three: a fourth replaces the first", () => {
    expect(toggled(["a", "b", "c"], "d")).toEqual(["b", "c", "d"]);
    expect(toggled(["a", "b"], "a")).toEqual(["b"]);
  });
});
