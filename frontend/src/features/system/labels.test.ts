import { describe, expect, it } from "vitest";
import { clearedText, kindOf, megabytes, milliseconds, reasonOf, seconds, within } from "./labels";

describe("times", () => {
  it.each([
    [0, "0 s"],
    [0.42, "0.4 s"],
    [9.96, "10 s"],
    [90, "90 s"],
    [600, "10 min"],
    [9000, "2.5 h"],
  ])("%d seconds are %s", (value, text) => {
    expect(seconds(value)).toBe(text);
  });
  it("shows short times in milliseconds", () => {
    expect(milliseconds(250)).toBe("250 ms");
    expect(milliseconds(1500)).toBe("1.5 s");
  });
  it("takes a missing bound as beyond the largest", () => {
    expect(within(1000)).toBe("within 1 s");
    expect(within(null)).toBe("over an hour");
  });
});

it("translates the broker's words, and shows unknown ones unchanged", () => {
  expect(reasonOf("delivery_limit")).toBe("Delivered too often");
  expect(reasonOf("strange")).toBe("strange");
  expect(reasonOf(null)).toBe("–");
  expect(kindOf("send")).toBe("Send an e-mail");
  expect(kindOf(null)).toBe("Not a job");
  expect(megabytes(63_963_136)).toBe("61 MB");
});

it("reports every result of requeueing that occurred, and no other", () => {
  expect(clearedText("requeued", { count: 3, missing: 0, stuck: 0 })).toBe("3 requeued.");
  expect(clearedText("requeued", { count: 1, missing: 2, stuck: 1 })).toBe(
    "1 requeued; 1 came from an unknown queue and can only be dropped; 2 already gone, or being handled by someone else.",
  );
  expect(clearedText("dropped", { count: 3, missing: 0, stuck: 0 })).toBe("3 dropped.");
});
