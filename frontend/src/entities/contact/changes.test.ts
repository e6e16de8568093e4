import { describe, expect, it } from "vitest";
import { changesOf } from "./changes";

const KNOWN = { first_name: "Ann", n: 7, vip: true, gone: null, zip: "007" };

describe("what was changed", () => {
  it.each([
    [{}, {}],
    [{ first_name: "Ann", n: "7", vip: "true", gone: "", zip: "007" }, {}],
    [{ first_name: "Anne " }, { first_name: "Anne " }],
    [{ first_name: " " }, { first_name: null }],
    [{ n: "8" }, { n: 8 }],
    [{ n: "-0.5" }, { n: -0.5 }],
    [{ n: "12345678901234567890" }, { n: "12345678901234567890" }],
    [{ n: "a few" }, { n: "a few" }],
    [{ vip: "false" }, { vip: false }],
    [{ vip: "perhaps" }, { vip: "perhaps" }],
    [{ zip: "008" }, { zip: "008" }],
    [{ plan: "pro" }, { plan: "pro" }],
  ])("of %j is %j", (typed, changes) => {
    expect(changesOf(KNOWN, typed)).toEqual(changes);
  });
});
