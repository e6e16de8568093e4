import { describe, expect, it } from "vitest";
import { LOADED_SEARCHED_MAX, matches, shouldLoadMore, shownOf } from "./listing";

const campaign = (campaign_id: string, name: string, status = "running") => ({
  campaign_id,
  name,
  status,
});

describe("matches", () => {
  it.each([
    ["Über uns", "uber", true],
    ["Spring sale, Berlin", "berlin spring", true],
    ["Spring sale", "spring berlin", false],
    ["مرحبا", "مرحبا", true],
    ["Anything", "  ", true],
    ["Anything", "c-1", true],
  ])("%s by %s: %s", (name, search, expected) => {
    expect(matches(campaign("c-1", name), search)).toBe(expected);
  });
});

describe("shownOf", () => {
  const all = [
    campaign("a", "A"),
    campaign("b", "B", "archived"),
    campaign("c", "C", "draft"),
    campaign("d", "D"),
  ];
  it("leaves out archived campaigns and those about to be deleted", () => {
    const shown = shownOf(all, { search: "", status: null, held: new Set(["d"]) });
    expect(shown.map((it) => it.campaign_id)).toEqual(["a", "c"]);
  });
  it("shows archived campaigns on request", () => {
    const shown = shownOf(all, { search: "", status: "archived", held: new Set() });
    expect(shown.map((it) => it.campaign_id)).toEqual(["b"]);
  });
});

describe("shouldLoadMore", () => {
  it("continues while a search may find more, up to its limit", () => {
    expect(shouldLoadMore({ search: "x", loaded: 500, shown: 3 })).toBe(true);
    expect(shouldLoadMore({ search: "x", loaded: LOADED_SEARCHED_MAX, shown: 3 })).toBe(false);
  });
  it("waits for a request if something is shown", () => {
    expect(shouldLoadMore({ search: "", loaded: 50, shown: 50 })).toBe(false);
    expect(shouldLoadMore({ search: "", loaded: 50, shown: 0 })).toBe(true);
  });
});
