import { describe, expect, it } from "vitest";
import { texts } from "./texts";
import { AT_ONCE, faultsOf, instantOf, lastMailMs, timingOf } from "./timing";

const NOW = Date.parse("2027-01-05T08:00:00Z");
const local = (ms: number) => {
  const at = new Date(ms - new Date(ms).getTimezoneOffset() * 60_000);
  return at.toISOString().slice(0, 16);
};
const HOUR = 3_600_000;

describe("the time of a launch", () => {
  it("is now, or a time in the viewer's zone", () => {
    expect(timingOf(AT_ONCE)).toEqual({ at: null, ends: "when_through", ends_at: null });
    const chosen = { ...AT_ONCE, isNow: false, startsAt: local(NOW + HOUR) };
    expect(timingOf(chosen).at).toBe("2027-01-05T09:00:00.000Z");
    expect(instantOf("")).toBeNull();
  });

  it("is refused in the past, after a year, and if it is missing", () => {
    const at = (startsAt: string) => faultsOf({ ...AT_ONCE, isNow: false, startsAt }, NOW).startsAt;
    expect(at("")).toBe(texts.chooseTime);
    expect(at(local(NOW))).toBe(texts.inThePast);
    expect(at(local(NOW + 367 * 24 * HOUR))).toBe(texts.tooFar);
    expect(at(local(NOW + HOUR))).toBeUndefined();
  });

  it("comes before the end", () => {
    const choice = { ...AT_ONCE, isNow: false, startsAt: local(NOW + HOUR) };
    const at = (endsAt: string) => faultsOf({ ...choice, ends: "at_date", endsAt }, NOW).endsAt;
    expect(at("")).toBe(texts.chooseTime);
    expect(at(local(NOW + HOUR))).toBe(texts.endsEarly);
    expect(at(local(NOW + 2 * HOUR))).toBeUndefined();
  });
});

describe("the last e-mail", () => {
  it("comes when all have been sent at the known rate", () => {
    expect(lastMailMs(NOW, 35_000, 500, [0])).toBe(NOW + 70 * 60_000);
    expect(lastMailMs(NOW, 1000, 1000, [0, 3600])).toBe(NOW + HOUR + 60_000);
  });

  it("is not guessed", () => {
    expect(lastMailMs(NOW, 1000, null, [0])).toBeNull();
    expect(lastMailMs(NOW, 1000, 500, [0, null])).toBeNull();
    expect(lastMailMs(NOW, 1000, 500, [])).toBeNull();
  });
});
