import { describe, expect, test } from "vitest";
import { toCanvas } from "../model/codec";
import { attributesIn, tagOf } from "./use-attributes";

describe("merge tags of attributes", () => {
  test.each([
    ["first_name", "contact.first_name"],
    ["first-name", "contact.first-name"],
    ["limit", "contact['limit']"],
    ["2024-05", "contact['2024-05']"],
    ["नाम", "contact['नाम']"],
    ["the child's name", `contact["the child's name"]`],
  ])("%s is inserted as %s, and found again", (name, tag) => {
    expect(tagOf(name)).toBe(tag);
    const subject = `Hello {{ ${tag} }}!`;
    const nodes = [{ id: "hello", type: "sendEmail", configuration: { subject, body: "x" } }];
    expect(attributesIn(toCanvas({ nodes, connections: [] }).canvas)).toEqual([name]);
  });
});
