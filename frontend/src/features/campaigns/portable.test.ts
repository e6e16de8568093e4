import { describe, expect, it } from "vitest";
import { exported } from "@/entities/campaign/export";
import { fileName } from "@/shared/save-file";
import { flowOf, IMPORT_CHARS_MAX, placeOf, readImport } from "./portable";

const CAMPAIGN = {
  name: "Welcome",
  from_email: "news@example.com",
  from_name: null,
  reply_to: "help@example.com",
  lateness_max_seconds: 3600,
  draft: {
    nodes: [
      { id: "start", type: "start" },
      { id: "mail", type: "sendEmail", disabled: true },
    ],
    connections: [],
    zone: "Europe/Berlin",
    layout: { nodes: { start: { x: 1, y: 2 } } },
  },
};

describe("export and import", () => {
  it("an import accepts an export unchanged", () => {
    const document = exported(CAMPAIGN);
    const read = readImport(JSON.stringify(document));
    expect(read).toEqual({ document, leftOut: [] });
    expect(document).toEqual({
      name: "Welcome",
      from_email: "news@example.com",
      reply_to: "help@example.com",
      lateness_max_seconds: 3600,
      ...CAMPAIGN.draft,
    });
  });

  it("never launches, and takes no addresses along", () => {
    const read = readImport(
      JSON.stringify({ nodes: [], launch: true, contacts: [{ email: "a@example.com" }] }),
    );
    expect(read).toEqual({ document: { nodes: [] }, leftOut: ["contacts", "launch"] });
  });

  it.each([
    ["{", "This is not JSON"],
    ["[]", "This is not."],
    ["null", "This is not."],
    ['{"name": "x"}', "has no nodes"],
    [" ".repeat(IMPORT_CHARS_MAX + 1), "larger than 5 MB"],
  ])("says what is the matter with %.12s", (text, problem) => {
    expect(readImport(text).problem).toContain(problem);
  });

  it("passes only the flow to the validator", () => {
    expect(flowOf({ name: "x", nodes: [], zone: "UTC", from_email: "a@example.com" })).toEqual({
      nodes: [],
      zone: "UTC",
    });
  });
});

it.each([
  ["Welcome, Ann!", "welcome-ann.json"],
  ["Über uns", "uber-uns.json"],
  ["مرحبا 🎉", "campaign.json"],
  ["../../etc/passwd", "etc-passwd.json"],
])("%s is kept in %s", (name, expected) => {
  expect(fileName(name, "json")).toBe(expected);
});

it("names a place by node and field, as far as they are known", () => {
  expect(placeOf({ node_id: "email-1", field: "configuration.subject" })).toBe(
    "email-1 · configuration.subject",
  );
  expect(placeOf({ node_id: null, field: "zone" })).toBe("zone");
  expect(placeOf({})).toBe("");
});
